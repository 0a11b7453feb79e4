"""Records of applies: what is read from deployments, and what is written to them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from trueup.github.comment import NotPosted
from trueup.github.deployments import (
    MOST_ATTEMPTS,
    MOST_READ,
    ReadRecords,
    environment_name,
    finish,
    left_behind,
    read_records,
    record_key,
    start,
    withdraw,
)
from trueup.github.key import KeyScope
from trueup.model.identity import Identity, IdField, Kind
from trueup.plan.records import TargetRecord
from unit.github.answers import REPO, Answer, Table, lost, pages, refuses, says
from unit.github.contexts import pushed

SCOPE = KeyScope(project="shop/trueup.yaml", select=("team=a",), targets=("eu",), comment_key="x")
A, B, C = "a" * 40, "b" * 40, "c" * 40
LIST = f"GET {REPO}/deployments"
POST = f"POST {REPO}/deployments"
TAX = Identity("eu", Kind.CONNECTOR, IdField.KEY, "tax")
MAIL = Identity("eu", Kind.CONNECTOR, IdField.KEY, "mail")


def deployment(number: int, sha: str = A, **payload: Any) -> dict[str, Any]:
    written = {
        "formatVersion": 1,
        "key": record_key(SCOPE, "eu"),
        "project": SCOPE.project,
        "target": "eu",
        "run": f"{number}.1",
        "digest": "",
        "pulls": [],
        "left": None,
        **payload,
    }
    return {"id": number, "sha": sha, "environment": "trueup/shop/eu", "payload": written}


def entry(identity: Identity, commit: str | None) -> dict[str, Any]:
    return {"kind": identity.kind, "field": identity.field, "value": identity.value, "commit": commit}


def statuses(*states: str) -> Answer:
    """List the newest status last, to prove that the order of the list does not matter."""
    return pages([{"id": number, "state": state} for number, state in enumerate(states)])


def github(*deployments: tuple[dict[str, Any], Answer], **more: Answer | list[Answer]) -> Table:
    found: dict[str, Answer | list[Answer]] = {LIST: pages([one for one, _ in deployments])}
    for one, answer in deployments:
        found[f"GET {REPO}/deployments/{one['id']}/statuses"] = answer
    return Table({**found, **more})


def read(table: Table, is_ancestor: Callable[[str], bool] = lambda _: True) -> ReadRecords:
    with table.rest() as rest:
        return read_records(rest, pushed(), SCOPE, ["eu"], is_ancestor)


DONE, BEGUN, FAILED = statuses("in_progress", "success"), statuses("in_progress"), statuses("failure")


def test_the_newest_settled_apply_and_the_attempts_after_it_are_the_record() -> None:
    table = github((deployment(1, A), DONE), (deployment(3, C), BEGUN), (deployment(2, B), DONE))
    url = "https://github.example/acme/connectors/actions/runs/3/attempts/1"
    assert read(table).targets == {"eu": TargetRecord(settled=B, attempts=(C,), url=url)}
    assert dict(table.asked[0].url.params) == {
        "per_page": "100",
        "page": "1",
        "environment": "trueup/shop/eu",
        "task": "trueup:apply",
    }
    # What is older than the settled one does not matter.
    assert f"{LIST}/1/statuses" not in table.paths


def test_without_deployments_nothing_is_known() -> None:
    assert read(github()) == ReadRecords()


@pytest.mark.parametrize(
    "other",
    [
        {"payload": {}},
        {"payload": None},
        {"payload": "no json"},
        {"payload": "[" * 100_000},
        {"sha": "main"},
        {"sha": None},
        {"id": "2"},
        {"id": True},
        {**deployment(2, B, key="0" * 16)},
        {**deployment(2, B, formatVersion=2)},
        {**deployment(2, B, run=3)},
        {**deployment(2, B, pulls=["7"])},
    ],
)
def test_other_deployments_of_the_environment_do_not_count(other: dict[str, Any]) -> None:
    table = github((deployment(1), DONE))
    table.answers[LIST] = pages([{**deployment(2, B), **other}, None, 1, [], deployment(1)])
    table.answers[f"GET {REPO}/deployments/2/statuses"] = DONE
    assert read(table).targets["eu"].settled == ("b" * 40 if other.get("id") == "2" else A)


def test_a_payload_can_be_a_text() -> None:
    one = deployment(1)
    table = github(({**one, "payload": json.dumps(one["payload"])}, DONE))
    assert read(table).targets["eu"].settled == A


def test_another_selection_target_or_project_has_another_key_and_the_comment_key_does_not_matter() -> None:
    key = record_key(SCOPE, "eu")
    assert record_key(KeyScope(project=SCOPE.project, select=("team=a",)), "eu") == key
    others = {
        record_key(SCOPE, "us"),
        record_key(KeyScope(project=SCOPE.project), "eu"),
        record_key(KeyScope(project="trueup.yaml", select=("team=a",)), "eu"),
    }
    assert key not in others
    assert len(others) == 3


@pytest.mark.parametrize("states", [(), ("queued",), ("in_progress",), ("failure",), ("error",), ("success", "error")])
def test_an_apply_without_a_recorded_end_is_an_attempt(states: tuple[str, ...]) -> None:
    record = read(github((deployment(2, B), statuses(*states)), (deployment(1, A), DONE))).targets["eu"]
    assert (record.settled, record.attempts) == (A, (B,))


def test_a_record_that_was_withdrawn_is_ignored() -> None:
    withdrawn = statuses("in_progress", "inactive")
    record = read(github((deployment(2, B), withdrawn), (deployment(1, A), DONE))).targets["eu"]
    assert (record.settled, record.attempts) == (A, ())


def test_what_an_apply_left_keeps_its_older_commit() -> None:
    one = deployment(2, B, left=[entry(TAX, A), entry(MAIL, None)])
    record = read(github((one, FAILED))).targets["eu"]
    assert (record.settled, dict(record.left)) == (B, {TAX: A, MAIL: None})


def test_what_an_apply_left_is_of_the_target_that_was_asked_for() -> None:
    # Whoever can push can write a payload; the key is the only member that decides whose it is.
    record = read(github((deployment(2, B, left=[entry(TAX, A)], target="us"), FAILED))).targets["eu"]
    assert dict(record.left) == {TAX: A}


@pytest.mark.parametrize("left", ["all", {}, [{}], ["x"], [{**entry(TAX, A), "kind": "Evil"}]])
def test_a_list_that_cannot_be_read_makes_the_apply_an_attempt(left: object) -> None:
    record = read(github((deployment(2, B, left=left), FAILED), (deployment(1, A), DONE))).targets["eu"]
    assert (record.settled, record.attempts) == (A, (B,))


def test_only_commits_of_the_default_branch_count() -> None:
    left = deployment(3, C, left=[entry(TAX, B), entry(MAIL, A)])
    found = read(github((deployment(4, B), DONE), (left, FAILED)), lambda commit: commit != B)
    assert found.targets["eu"].settled == C
    assert dict(found.targets["eu"].left) == {TAX: None, MAIL: A}
    assert found.notes == ("Records of eu name commits that are not in the default branch here: 1.",)
    assert read(github((deployment(4, B), DONE)), lambda _: False).targets == {}


def test_each_limit_is_reported() -> None:
    commits = [f"{number:040x}" for number in range(1, MOST_READ + 2)]
    begun = [(deployment(number, commit), BEGUN) for number, commit in enumerate(commits, 1)]
    found = read(github(*begun))
    record = found.targets["eu"]
    assert (record.settled, record.attempts) == (None, tuple(reversed(commits[-MOST_ATTEMPTS:])))
    assert found.notes == (
        "Only the last 20 records of eu were read, and none of them is complete.",
        "Only the last 7 incomplete applies of eu are compared with live.",
    )


def test_several_attempts_of_one_commit_are_one() -> None:
    record = read(github((deployment(3, B), BEGUN), (deployment(2, B), BEGUN), (deployment(1), DONE))).targets["eu"]
    assert record.attempts == (B,)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refuses(403, "Resource not accessible by integration"), "needs the permission deployments: read"),
        (lost, "GitHub did not answer."),
        (says({}), "GitHub answered with status 200."),
    ],
)
def test_records_that_cannot_be_read_are_not_taken_for_none(answer: Answer, words: str) -> None:
    for table in (github(**{LIST: answer}), github((deployment(1), answer))):
        found = read(table)
        assert found.targets == {}
        assert words in found.failed["eu"]


def test_a_long_name_of_an_environment_is_cut_and_stays_different() -> None:
    assert environment_name("trueup.yaml", "eu") == "trueup/eu"
    assert environment_name("a/b/trueup.yaml", "eu") == "trueup/a/b/eu"
    long = [environment_name(f"{'x' * 300}/trueup.yaml", target) for target in ("eu", "us")]
    assert [len(name) for name in long] == [255, 255]
    assert long[0] != long[1]


def begin(table: Table, *targets: str) -> object:
    with table.rest() as rest:
        return start(rest, pushed(run=5, attempt=2), SCOPE, targets, pulls=(7, 8), digest="sha256:x")


def created(number: int, **more: Any) -> Answer:
    return says({"id": number, **more}, 201)


def test_a_record_is_opened_for_each_target() -> None:
    table = Table({POST: [created(11), created(12)], f"{POST}/11/statuses": created(1), f"{POST}/12/statuses": lost})
    # Without its first status a record counts as an attempt as well.
    assert begin(table, "eu", "us") == {"eu": 11, "us": 12}
    first, second = table.sent(f"{REPO}/deployments")
    assert first == {
        "ref": A,
        "task": "trueup:apply",
        "environment": "trueup/shop/eu",
        "auto_merge": False,
        "required_contexts": [],
        "production_environment": False,
        "transient_environment": False,
        "description": "trueup apply",
        "payload": deployment(0, run="5.2", pulls=[7, 8], digest="sha256:x")["payload"],
    }
    assert second["payload"]["key"] == record_key(SCOPE, "us")
    assert table.sent(f"{REPO}/deployments/11/statuses") == [
        {
            "state": "in_progress",
            "auto_inactive": False,
            "log_url": "https://github.example/acme/connectors/actions/runs/5/attempts/2",
        }
    ]


def test_a_record_whose_answer_was_lost_is_looked_for() -> None:
    made: list[dict[str, Any]] = []

    def create(request: httpx.Request) -> httpx.Response:
        made.append({**json.loads(request.content), "id": 11})
        raise httpx.ReadTimeout("lost")

    assert begin(Table({POST: create, LIST: pages(made)}), "eu") == {"eu": 11}
    assert len(made) == 1


def test_a_record_of_another_run_is_not_taken_for_a_lost_one() -> None:
    mine = deployment(3, run="5.1", pulls=[7, 8], digest="sha256:x")
    table = Table({POST: [lost, created(12)], LIST: pages([mine])})
    assert begin(table, "eu") == {"eu": 12}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refuses(403, "Resource not accessible by integration"), "needs the permission deployments: write"),
        (refuses(409, "Conflict"), "Conflict"),
        (lost, "GitHub did not answer."),
        (refuses(429, retry_after="900"), "GitHub asks to wait 900 s"),
        (says({}, 201), "status 201"),
    ],
)
def test_after_a_refusal_no_record_stays_open(answer: Answer, words: str) -> None:
    table = Table({POST: [created(11), answer], f"{POST}/11/statuses": created(1), LIST: pages([])})
    refused = begin(table, "eu", "us")
    assert isinstance(refused, NotPosted)
    assert words in refused.reason
    assert [sent["state"] for sent in table.sent(f"{REPO}/deployments/11/statuses")] == ["in_progress", "inactive"]


def test_a_record_waits_for_a_rate_limit() -> None:
    table = Table({POST: [refuses(403, "You have exceeded a secondary rate limit"), created(11)]})
    assert begin(table, "eu") == {"eu": 11}
    assert table.slept[0] == 60.0


def test_an_apply_that_left_nothing_ends_with_success() -> None:
    table = Table({f"{POST}/11/statuses": created(1)})
    with table.rest() as rest:
        assert finish(rest, pushed(), 11, {}) is None
    assert table.sent(f"{REPO}/deployments/11/statuses") == [
        {"state": "success", "auto_inactive": False, "log_url": pushed().run_url}
    ]


def test_an_apply_that_left_something_gets_a_second_record_that_is_read_back() -> None:
    answers: dict[str, Answer | list[Answer]] = {
        f"{LIST}/11": says(deployment(11, B, pulls=[7])),
        POST: created(12),
        f"{POST}/11/statuses": created(1),
        f"{POST}/12/statuses": created(1),
    }
    table = Table(answers)
    with table.rest() as rest:
        assert finish(rest, pushed(), 11, {TAX: A, MAIL: None}) is None
    (sent,) = table.sent(f"{REPO}/deployments")
    assert (sent["ref"], sent["environment"]) == (B, "trueup/shop/eu")
    assert sent["payload"]["pulls"] == [7]
    assert [path for path in table.paths if path.endswith("statuses")] == [f"{POST}/12/statuses", f"{POST}/11/statuses"]
    second = {"id": 12, "sha": B, "payload": sent["payload"]}
    record = read(github((second, FAILED), (deployment(11, B), FAILED))).targets["eu"]
    assert (record.settled, dict(record.left), record.attempts) == (B, {TAX: A, MAIL: None}, ())


def test_a_list_that_is_too_long_for_a_payload_becomes_a_word() -> None:
    left = {Identity("eu", Kind.CONNECTOR, IdField.KEY, f"{n:0200}"): A for n in range(300)}
    table = Table({f"{LIST}/11": says(deployment(11, B)), POST: created(12)})
    with table.rest() as rest:
        finish(rest, pushed(), 11, left)
    (sent,) = table.sent(f"{REPO}/deployments")
    assert sent["payload"]["left"] == "all"


@pytest.mark.parametrize("broken", [f"{LIST}/11", POST, f"{POST}/12/statuses"])
def test_an_end_that_cannot_be_recorded_leaves_an_attempt_and_is_reported(broken: str) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        f"{LIST}/11": says(deployment(11, B)),
        POST: created(12),
        f"{POST}/12/statuses": created(1),
        broken: refuses(403),
    }
    with Table(answers).rest() as rest:
        assert isinstance(finish(rest, pushed(), 11, {TAX: A}), NotPosted)
        assert isinstance(finish(rest, pushed(), 13, {}), NotPosted)


def test_a_record_of_an_apply_that_sent_nothing_is_withdrawn() -> None:
    table = Table({f"{POST}/11/statuses": [refuses(502), created(1)]})
    with table.rest() as rest:
        withdraw(rest, pushed(), 11)
    assert [sent["state"] for sent in table.sent(f"{REPO}/deployments/11/statuses")] == ["inactive", "inactive"]


def test_what_an_apply_leaves_holds_what_was_settled_before() -> None:
    assert left_behind(None, [TAX]) == {TAX: None}
    assert left_behind(TargetRecord(settled=B, left={TAX: A}), [TAX, MAIL]) == {TAX: A, MAIL: B}
    # An attempt may have written any part of it.
    assert left_behind(TargetRecord(settled=B, attempts=(C,)), [TAX]) == {TAX: None}
