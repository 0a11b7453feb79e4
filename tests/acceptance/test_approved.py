"""After a merge, what the pull request showed is applied, resource by resource, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, served
from acceptance.test_quickstart import CREDENTIALS, SERVED
from acceptance.test_saved_plan import World, control, writes
from forging import sealed
from repositories import new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

KEYS = ("acme-psp", "acme-tax")
REGIONS = ["europe-west1.gcp", "us-central1.gcp"]


class Team(World):
    """A team that plans in pull requests, merges and applies."""

    def want(self, key: str, *, lifecycle: str = "", regions: list[str] | None = None, **fields: str) -> None:
        """Write a manifest: name, description and tag, and the fields given."""
        spec = {"name": key, "description": "As merged", **fields}
        tag = spec.pop("tag", "v1")
        lines = [f"  {name}: {json.dumps(value)}" for name, value in spec.items()]
        lines += [f"  supportedRegions: {json.dumps(regions)}"] if regions is not None else []
        (self.place / "connectors" / f"{key}.yaml").write_text(
            f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}}}\nspec:\n"
            f"{chr(10).join(lines)}\n  creator: {{email: a@b.example}}\n"
            f"  repository: {{url: 'git@github.com:acme/{key}.git', tag: {tag}}}\n"
            f"{f'lifecycle: {lifecycle}' if lifecycle else ''}\n"
        )

    def bury(self, key: str) -> None:
        """Replace a manifest by a tombstone."""
        (self.place / "connectors" / f"{key}.yaml").write_text(
            f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: {key}}}\n"
            "lifecycle: {state: absent, reason: sold}\n"
        )

    def show(self, name: str = "plan.json") -> str:
        """Plan as a pull request does, and keep the plan."""
        assert self.run("plan", "--out", name).status in {0, 3}
        return name

    def merge(self, *approved: str, words: tuple[str, ...] = ()) -> tuple[int, dict[str, str], Any]:
        """Apply what approved plans show; return the status, the outcomes by key, and the document."""
        done = self.run("apply", "--yes", *(f"--approved={name}" for name in approved), *words)
        document = done.document
        return done.status, self.statuses(document) if document["outcomes"] is not None else {}, document


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """Serve two connectors that are live as their manifests want them."""
    with served(cwd=tmp_path) as url:
        (tmp_path / "trueup.yaml").write_text(SERVED.format(url=url))
        (tmp_path / "connectors").mkdir()
        team = Team(url, tmp_path)
        for key in KEYS:
            team.want(key)
        assert team.run("apply", "--yes").status == 0
        control(url, "requests", method="DELETE")
        yield team


def outcome(document: Any, key: str) -> Any:
    return next(o for o in document["outcomes"] if o["identity"]["value"] == key)


def test_live_moved_on_the_same_field_is_stale_and_the_rest_applied(team: Team) -> None:
    for key in KEYS:
        team.want(key, description="Shown")
    shown = team.show()
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    status, ended, document = team.merge(shown)
    assert (status, ended) == (4, {"acme-psp": "applied", "acme-tax": "stale"})
    assert team.connector("acme-tax")["description"] == "Theirs"
    assert team.connector("acme-psp")["description"] == "Shown"
    (field,) = outcome(document, "acme-tax")["fields"]
    moments = [field[moment]["known"] for moment in ("planned", "now", "wanted")]
    assert moments == ["As merged", "Theirs", "Shown"]
    assert [resource["verdict"] for resource in document["plan"]["resources"]] == ["update", "update"]


def test_live_moved_on_another_field(team: Team) -> None:
    for key in KEYS:
        team.want(key, description="Shown")
    shown = team.show()
    team.edit(connector="acme-tax", set={"documentationUrl": "https://theirs.example"})
    team.edit(connector="acme-psp", set={"name": "Theirs"})
    status, ended, document = team.merge(shown)
    assert (status, ended) == (4, {"acme-psp": "stale", "acme-tax": "applied"}), "a managed field counts, another not"
    assert team.connector("acme-tax")["documentationUrl"] == "https://theirs.example"
    assert team.connector("acme-psp")["name"] == "Theirs"
    assert [field["path"] for field in outcome(document, "acme-psp")["fields"]] == ["name"]


def test_a_second_foreign_edit_after_the_plan_is_not_overwritten(team: Team) -> None:
    team.edit(connector="acme-tax", set={"description": "First edit"})
    shown = team.show()
    team.edit(connector="acme-tax", set={"description": "Second edit"})
    status, ended, _ = team.merge(shown)
    assert (status, ended["acme-tax"]) == (4, "stale")
    assert (team.connector("acme-tax")["description"], writes(team.url)) == ("Second edit", [])


def test_the_text_does_not_say_that_live_matches_where_a_resource_is_stale(team: Team) -> None:
    team.want("acme-tax", description="Shown")
    shown = team.show()
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    done = team.run("apply", "--yes", f"--approved={shown}")
    assert team.statuses(done.document) == {"acme-psp": "unchanged", "acme-tax": "stale"}
    assert "No changes" not in done.err


def test_a_rerun_of_an_old_apply_does_not_set_a_newer_tag_back(team: Team) -> None:
    team.want("acme-tax", tag="v2")
    old = team.show("old.json")
    assert team.merge(old)[0] == 0
    team.want("acme-tax", tag="v3")
    assert team.merge(team.show("new.json"))[0] == 0
    team.want("acme-tax", tag="v2")
    status, ended, _ = team.merge(old)
    assert (status, ended["acme-tax"]) == (4, "stale")
    assert team.connector("acme-tax")["repository"]["tag"] == "v3"


def test_a_rerun_after_half_of_it_was_done_does_the_rest(team: Team) -> None:
    team.want("acme-tax", description="Shown", lifecycle="{publish: private}")
    team.want("acme-new", lifecycle="{publish: private}")
    shown = team.show()
    assert team.run("apply", "--yes", "--no-process").status == 0
    status, ended, _ = team.merge(shown)
    assert (status, ended) == (0, {"acme-new": "applied", "acme-psp": "unchanged", "acme-tax": "applied"})
    assert team.connector("acme-new")["status"] == "Published"


def test_blocked_beside_good_is_applied(team: Team) -> None:
    team.want("acme-tax", regions=REGIONS)
    assert team.run("apply", "--yes").status == 0
    team.want("acme-tax", regions=[])
    team.want("acme-psp", description="Shown")
    status, ended, _ = team.merge(team.show())
    assert (status, ended) == (3, {"acme-psp": "applied", "acme-tax": "blocked"})


def test_a_tombstone_that_was_shown_is_deleted(team: Team) -> None:
    team.bury("acme-tax")
    said = team.run("plan", "--allow-delete", "approved", "--out", "plan.json")
    assert "refused" not in said.err
    assert team.merge("plan.json")[0] == 6, "an approval alone allows no deletion"
    status, ended, _ = team.merge("plan.json", words=("--allow-delete", "approved"))
    assert (status, ended["acme-tax"]) == (0, "applied")
    assert [draft["key"] for draft in control(team.url, "state")["connector"]] == ["acme-psp"]


def test_a_tombstone_whose_live_moved_is_not(team: Team) -> None:
    team.bury("acme-tax")
    shown = team.show()
    team.edit(connector="acme-tax", set={"documentationUrl": "https://theirs.example"})
    status, ended, document = team.merge(shown, words=("--allow-delete", "approved"))
    assert (status, ended["acme-tax"]) == (4, "stale")
    assert [field["path"] for field in outcome(document, "acme-tax")["fields"]] == ["documentationUrl"]
    assert writes(team.url) == []


@pytest.mark.parametrize("words", [(), ("--allow-delete", "approved")])
def test_a_deletion_that_no_plan_shows_is_not_an_approved_one(team: Team, words: tuple[str, ...]) -> None:
    shown = team.show()
    team.bury("acme-tax")
    assert team.merge(shown, words=words)[:2] == (4, {"acme-psp": "unchanged", "acme-tax": "unapproved"})
    assert team.merge(shown, words=("--unapproved", "apply", *words))[0] == 6
    assert writes(team.url) == []


def test_a_hash_approves_the_deletions_of_its_plan(team: Team) -> None:
    team.bury("acme-tax")
    digest = team.run("plan").document["plan"]["digest"]
    allowed = ("apply", "--yes", "--allow-delete", "approved")
    assert team.run(*allowed).status == 6
    assert team.run(*allowed, "--digest", digest).status == 0


def test_unapproved_apply_sends_unshown_never_moved(team: Team) -> None:
    team.want("acme-tax", description="Shown")
    shown = team.show()
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    team.want("acme-psp", description="Pushed without a plan")
    team.want("acme-new")
    assert team.merge(shown)[:2] == (4, {"acme-new": "unapproved", "acme-psp": "unapproved", "acme-tax": "stale"})
    assert writes(team.url) == []
    status, ended, _ = team.merge(shown, words=("--unapproved", "apply"))
    assert (status, ended) == (4, {"acme-new": "applied", "acme-psp": "applied", "acme-tax": "stale"})
    assert team.connector("acme-tax")["description"] == "Theirs"


def test_a_direct_push_without_any_plan_is_left_or_applied(team: Team) -> None:
    team.want("acme-tax", description="Pushed")
    status, ended, document = team.merge(words=("--unapproved", "stop"))
    assert (status, ended) == (4, {"acme-psp": "unchanged", "acme-tax": "unapproved"})
    assert outcome(document, "acme-tax")["message"].startswith("No approved plan shows this resource.")
    assert writes(team.url) == []
    assert team.merge(words=("--unapproved", "apply"))[:2] == (0, {"acme-psp": "unchanged", "acme-tax": "applied"})


def test_what_only_others_changed_is_not_a_change_without_a_plan(team: Team) -> None:
    work = new_repository(team.place)
    base = work.commit({".gitignore": ".trueup/\n"})
    team.want("acme-tax", description="Pushed")
    team.edit(connector="acme-psp", set={"description": "Theirs"})
    words = ("--unapproved", "apply", "--base", base)
    status, ended, document = team.merge(words=words)
    assert (status, ended) == (4, {"acme-psp": "stale", "acme-tax": "applied"})
    assert team.connector("acme-psp")["description"] == "Theirs"
    assert outcome(document, "acme-psp")["message"].startswith(
        "No approved plan shows what it would do to description, and"
    )
    shown = team.show()
    assert team.merge(shown, words=words)[:2] == (0, {"acme-psp": "applied", "acme-tax": "unchanged"})


def test_two_quick_merges_are_applied_by_one_run(team: Team) -> None:
    team.want("acme-tax", description="First")
    first = team.show("first.json")
    team.want("acme-tax", tag="v2")
    second = team.show("second.json")
    team.want("acme-tax", description="First", tag="v2")
    assert team.merge(second)[:2] == (4, {"acme-psp": "unchanged", "acme-tax": "unapproved"})
    assert team.merge(first, second)[:2] == (0, {"acme-psp": "unchanged", "acme-tax": "applied"})


def test_the_document_of_a_plan_approves_like_the_saved_plan(team: Team) -> None:
    team.want("acme-tax", description="Shown")
    (team.place / "document.json").write_text(team.run("plan").out)
    assert team.merge("document.json")[:2] == (0, {"acme-psp": "unchanged", "acme-tax": "applied"})


def test_limits_count_what_is_sent_and_percentages_are_of_the_whole_plan(team: Team) -> None:
    for key in KEYS:
        team.want(key, description="Shown")
    shown = team.show()
    team.want("acme-new")
    assert team.merge(shown, words=("--max-changes", "66%"))[0] == 6
    assert team.merge(shown, words=("--max-changes", "67%"))[0] == 4
    assert {team.connector(key)["description"] for key in KEYS} == {"Shown"}


def test_what_moved_is_stale_before_it_is_a_conflict(team: Team) -> None:
    work = new_repository(team.place)
    work.commit({".gitignore": ".trueup/\n*.json\n"})
    team.want("acme-tax", description="Shown")
    team.want("acme-psp", description="Shown")
    base = ("--base", "HEAD")
    assert team.run("plan", *base, "--out", "plan.json").status == 0
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    assert team.merge("plan.json", words=base)[:2] == (4, {"acme-psp": "applied", "acme-tax": "stale"})
    assert team.run("apply", "--yes", *base).status == 3


def test_a_conflict_that_was_shown_is_still_held(team: Team) -> None:
    work = new_repository(team.place)
    work.commit({".gitignore": ".trueup/\n*.json\n"})
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    team.want("acme-tax", description="Shown")
    base = ("--base", "HEAD")
    assert team.run("plan", *base, "--out", "plan.json").status == 0
    status, ended, document = team.merge("plan.json", words=base)
    assert (status, ended["acme-tax"]) == (3, "blocked")
    verdicts = {r["identity"]["value"]: r["verdict"] for r in document["plan"]["resources"]}
    assert verdicts["acme-tax"] == "blocked"
    assert team.merge("plan.json", words=(*base, "--on-conflict", "overwrite"))[:2][1]["acme-tax"] == "applied"


def refusals(team: Team) -> Iterator[tuple[tuple[str, ...], int, str]]:
    """Yield options, the status and words of the message."""
    document = team.run("plan").document
    files = {
        "broken.json": "{",
        "forged.json": json.dumps({**document["plan"], "digest": f"sha256:{'0' * 64}"}),
        "other.json": json.dumps({**document, "command": "apply"}),
        "early.json": json.dumps({**document, "plan": None}),
    }
    document["plan"]["resources"][-1]["desired"]["nothing"] = "x"
    files["impossible.json"] = json.dumps(sealed(document["plan"]))
    for name, text in files.items():
        (team.place / name).write_text(text)
    yield ("--approved=broken.json",), 3, "broken.json:1:2"
    yield ("--approved=forged.json",), 3, "its checksum does not match"
    yield ("--approved=other.json",), 3, "This document has no plan of live state."
    yield ("--approved=early.json",), 3, "This document has no plan of live state."
    yield ("--approved=impossible.json",), 3, "resources[1] has an impossible value of nothing."
    yield ("--approved=nowhere.json",), 64, "nowhere.json cannot be read"
    yield ("--approved=plan.json", "--plan=plan.json"), 64, "Use either --plan"
    yield ("--approved=plan.json", f"--digest=sha256:{'0' * 64}"), 4, "is not the plan that was approved"
    yield ("--allow-delete=some",), 64, "'some' is neither a number of deletions nor approved."
    yield ("--allow-delete=-1",), 64, "'-1' is neither a number of deletions nor approved."


def test_what_cannot_approve_is_refused_and_nothing_is_sent(team: Team) -> None:
    team.want("acme-tax", description="Shown")
    team.show()
    for words, status, said in refusals(team):
        done = team.run("apply", "--yes", *words, json_too=False)
        assert (done.status, said in " ".join(done.err.split())) == (status, True), (words, done.err)
        assert "Traceback" not in done.err
    assert writes(team.url) == []
    both = team.run("apply", "--yes", "--approved=broken.json", "--approved=early.json", json_too=False)
    assert all(name in both.err for name in ("broken.json:1:2", "early.json:1:1"))


def test_a_forged_plan_can_only_approve_what_the_manifests_ask_for(team: Team) -> None:
    team.want("acme-tax", description="Shown")
    team.show()
    plan = json.loads((team.place / "plan.json").read_text())
    planned = next(r for r in plan["resources"] if r["actions"])
    planned["actions"][0]["action"]["value"] = planned["desired"]["description"] = "Forged"
    (team.place / "plan.json").write_text(json.dumps(sealed(plan)))
    assert team.merge("plan.json")[0] == 4
    assert writes(team.url) == []


def test_every_format_and_the_journal_say_what_was_not_approved(team: Team) -> None:
    shown = team.show()
    team.want("acme-psp", description="Pushed")
    team.edit(connector="acme-tax", set={"description": "Theirs"})
    files = ("--report", "report.html", "--junit", "junit.xml")
    words = ("apply", "--yes", f"--approved={shown}")

    def run(*more: str) -> Done:
        done: Done = team.run(*words, *more, json_too=False)
        assert done.status == 4
        return done

    text, markdown = run(*files).out, run("--format", "markdown").out
    assert "Stale 1, unapproved 1 (0 requests)." in text
    assert "acme-psp  unapproved" in text
    assert "no resource is selected" not in text
    message = "No approved plan shows what it would do to description. Nothing was sent for it."
    assert message in " ".join(text.split())
    assert "### Not approved (1)" in markdown
    page, junit = ((team.place / name).read_text() for name in ("report.html", "junit.xml"))
    assert "Not approved" in page
    assert '<failure message="unapproved">' in junit
    assert message in junit
    run_id = max((team.place / ".trueup" / "runs").glob("*.jsonl")).stem
    recorded = team.run("runs", "show", run_id, json_too=False)
    assert recorded.status == 0
    assert "unapproved" in recorded.out
    listed = team.run("runs").document["runs"][0]
    assert {o["status"] for o in listed["outcomes"]} == {"stale", "unapproved"}
    assert CREDENTIALS["CTP_CLIENT_SECRET"] not in text + markdown
