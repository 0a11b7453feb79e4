"""Pull requests that are opened through the git database."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from trueup.github.comment import NotPosted, Posted
from trueup.github.repository_writes import follow_up, open_pull
from unit.github.answers import DENIED, MISSING, Replies, Reply, Table, replying
from unit.github.contexts import HEAD, context

BRANCH = "trueup/adopt-0123456789abcdef"
NAME = f"{BRANCH}-10"
REF = f"GET git/ref/heads/{NAME}"
TIP = f"GET git/commits/{'c' * 40}"
TREE = (201, {"sha": "t" * 40})
COMMIT = (201, {"sha": "c" * 40})
OPENED = (201, {"number": 12, "html_url": "https://github.example/acme/connectors/pull/12"})
FILES = {"connectors/tax.yaml": b"\xef\xbb\xbfname: T\xc3\xa4x\r\n", "connectors/\u00e9.yaml": b"\xff\x00"}


def replies(**other: Reply | list[Reply]) -> Replies:
    usual: Replies = {
        "GET pulls": (200, []),
        f"GET git/commits/{HEAD}": (200, {"sha": HEAD, "tree": {"sha": "p" * 40}}),
        "POST git/blobs": [(201, {"sha": "1" * 40}), (201, {"sha": "2" * 40})],
        "POST git/trees": TREE,
        REF: MISSING,
        "POST git/commits": COMMIT,
        "POST git/refs": (201, {}),
        "POST pulls": OPENED,
    }
    return usual | {name.replace("__", " "): reply for name, reply in other.items()}


def opened(
    table: Table, files: Mapping[str, bytes] = FILES, *, executable: set[str] | None = None
) -> Posted | NotPosted:
    with table.rest() as rest:
        return open_pull(
            rest,
            replace(context(pull=None), default_branch="main"),
            branch=BRANCH,
            title="Adopt",
            body="Why.",
            files=files,
            executable=executable or set(),
        )


def pull(
    *, number: int = 11, ref: str = f"{BRANCH}-9", where: str = "acme/connectors", body: str = ""
) -> dict[str, Any]:
    return {
        "number": number,
        "html_url": f"https://github.example/acme/connectors/pull/{number}",
        "head": {"ref": ref, "repo": {"full_name": where}},
        "body": body,
    }


def body_of(table: Table) -> str:
    return next(str(body["body"]) for name, body in table.writes if name == "pulls")


def test_each_byte_of_each_file_is_sent() -> None:
    table = replying(replies())
    assert opened(table) == Posted("created", 12, "https://github.example/acme/connectors/pull/12")
    blobs = [body for name, body in table.writes if name == "git/blobs"]
    assert [base64.b64decode(body["content"]) for body in blobs] == [FILES[path] for path in sorted(FILES)]
    assert {body["encoding"] for body in blobs} == {"base64"}


def test_the_commit_is_made_on_the_commit_that_was_read() -> None:
    table = replying(replies())
    opened(table, executable={"connectors/tax.yaml"})
    sent = dict(table.writes)
    assert sent["git/trees"]["base_tree"] == "p" * 40
    assert {entry["path"]: entry["mode"] for entry in sent["git/trees"]["tree"]} == {
        "connectors/tax.yaml": "100755",
        "connectors/\u00e9.yaml": "100644",
    }
    assert sent["git/commits"] == {"message": "Adopt", "tree": "t" * 40, "parents": [HEAD]}
    assert sent["git/refs"] == {"ref": f"refs/heads/{NAME}", "sha": "c" * 40}
    assert (sent["pulls"]["head"], sent["pulls"]["base"]) == (NAME, "main")


def test_an_open_pull_request_with_the_same_files_is_found_again() -> None:
    first = replying(replies())
    opened(first)
    again = replying({"GET pulls": (200, [pull(body=body_of(first))])})
    assert opened(again) == Posted("unchanged", 11, "https://github.example/acme/connectors/pull/11")
    assert again.writes == []


def test_an_open_pull_request_with_other_files_is_not_changed() -> None:
    first = replying(replies())
    opened(first)
    other = replying({"GET pulls": (200, [pull(body=body_of(first))])})
    refused = opened(other, {"connectors/tax.yaml": b"other"})
    assert isinstance(refused, NotPosted)
    assert refused.reason.startswith("Pull request 11 is open and has other changes.")
    assert other.writes == []


@pytest.mark.parametrize(
    "other",
    [
        pull(where="mallory/connectors"),
        pull(ref="trueup/adopt-fedcba9876543210-9"),
        pull(ref=f"{BRANCH}-9x"),
        {"number": 3, "head": {"ref": f"{BRANCH}-9", "repo": None}},
    ],
)
def test_other_pull_requests_do_not_count(other: dict[str, Any]) -> None:
    table = replying(replies(GET__pulls=(200, [other])))
    assert isinstance(opened(table), Posted)
    assert dict(table.writes)["pulls"]["head"] == NAME


def test_a_branch_of_an_earlier_attempt_is_used_again() -> None:
    tip = (200, {"tree": {"sha": "t" * 40}, "parents": [{"sha": HEAD}]})
    table = replying(replies() | {REF: (200, {"object": {"sha": "c" * 40}}), TIP: tip})
    assert isinstance(opened(table), Posted)
    assert "git/refs" not in dict(table.writes)


@pytest.mark.parametrize(("tree", "parents"), [("x", [HEAD]), ("t", ["d" * 40]), ("t", [HEAD, "d" * 40])])
def test_a_branch_with_other_commits_is_not_changed(tree: str, parents: list[str]) -> None:
    tip = (200, {"tree": {"sha": tree * 40}, "parents": [{"sha": parent} for parent in parents]})
    table = replying(replies() | {REF: (200, {"object": {"sha": "c" * 40}}), TIP: tip})
    refused = opened(table)
    assert isinstance(refused, NotPosted)
    assert "exists and has other changes" in refused.reason
    assert not {"git/refs", "pulls"} & set(dict(table.writes))


@pytest.mark.parametrize("reply", [None, (422, {"message": "Reference already exists"})])
def test_a_branch_that_was_created_although_the_answer_is_lost_is_found(reply: Reply) -> None:
    tip = (200, {"tree": {"sha": "t" * 40}, "parents": [{"sha": HEAD}]})
    made = (200, {"object": {"sha": "c" * 40}})
    table = replying(replies() | {"POST git/refs": reply, REF: [MISSING, made], TIP: tip})
    assert isinstance(opened(table), Posted)
    assert [name for name, _ in table.writes].count("git/refs") == 1


@pytest.mark.parametrize("reply", [None, (502, {}), (422, {"message": "A pull request already exists"})])
def test_a_pull_request_that_was_opened_although_the_answer_is_lost_is_found(reply: Reply) -> None:
    first = replying(replies())
    opened(first)
    seen = (200, [pull(ref=NAME, number=12, body=body_of(first))])
    table = replying(replies() | {"GET pulls": [(200, []), seen], "POST pulls": reply})
    found = opened(table)
    assert isinstance(found, Posted)
    assert (found.how, found.id) == ("unchanged", 12)
    assert [name for name, _ in table.writes].count("pulls") == 1


def test_a_lost_blob_is_sent_again() -> None:
    table = replying(replies() | {"POST git/blobs": [None, (201, {"sha": "1" * 40})]})
    assert isinstance(opened(table), Posted)
    assert len([name for name, _ in table.writes if name == "git/blobs"]) == 3


def test_a_limited_write_is_sent_again() -> None:
    limited = (429, {"message": "secondary rate limit"})
    table = replying(replies() | {"POST git/trees": [limited, TREE]})
    assert isinstance(opened(table), Posted)


@pytest.mark.parametrize("place", ["GET pulls", f"GET git/commits/{HEAD}", "POST git/blobs", REF, "POST git/refs"])
@pytest.mark.parametrize("reply", [DENIED, (500, {}), (200, {})])
def test_no_answer_raises_or_opens_half_of_it(place: str, reply: Reply) -> None:
    table = replying(replies() | {place: reply})
    made = opened(table)
    if isinstance(made, Posted):
        assert made.id == 12
    else:
        assert made.reason
        assert "pulls" not in dict(table.writes)


@pytest.mark.parametrize("reply", [DENIED, MISSING])
def test_a_token_that_may_not_push_is_named(reply: Reply) -> None:
    refused = opened(replying(replies() | {"POST git/blobs": reply}))
    assert isinstance(refused, NotPosted)
    assert "Contents and Pull requests" in refused.reason


def test_a_refused_pull_request_names_the_branch_that_has_the_commit() -> None:
    words = {"message": "GitHub Actions is not permitted to create or approve pull requests."}
    refused = opened(replying(replies() | {"POST pulls": (403, words)}))
    assert isinstance(refused, NotPosted)
    assert "do not allow GitHub Actions to open pull requests" in refused.reason
    assert refused.reason.endswith(f"The branch {NAME} has the commit: open a pull request from it.")


def test_a_follow_up_is_an_empty_commit_that_names_what_is_left() -> None:
    table = replying(replies() | {"GET git/ref/heads/trueup/follow-up-k-10": MISSING})
    with table.rest() as rest:
        made = follow_up(
            rest,
            replace(context(pull=None), default_branch="main"),
            key="k",
            left=["connector tax`@all", *map(str, range(100))],
        )
    assert isinstance(made, Posted)
    sent = dict(table.writes)
    assert sent["git/commits"]["tree"] == "p" * 40
    assert {"git/blobs", "git/trees"}.isdisjoint(sent)
    assert "- ``connector tax`@all``\n" in body_of(table)
    assert "- and 1 more\n" in body_of(table)


def test_there_is_one_follow_up_at_a_time() -> None:
    first = replying(replies() | {"GET git/ref/heads/trueup/follow-up-k-10": MISSING})
    here = replace(context(pull=None), default_branch="main")
    with first.rest() as rest:
        follow_up(rest, here, key="k", left=["one"])
    later = replying({"GET pulls": (200, [pull(ref="trueup/follow-up-k-10", body=body_of(first))])})
    with later.rest() as rest:
        assert follow_up(rest, replace(here, head="d" * 40), key="k", left=["two"]) == Posted(
            "unchanged", 11, "https://github.example/acme/connectors/pull/11"
        )
    assert later.writes == []


def test_an_apply_that_left_nothing_has_no_follow_up() -> None:
    table = replying({})
    with table.rest() as rest:
        assert follow_up(rest, context(), key="k", left=[]) is None
    assert table.requests == []
