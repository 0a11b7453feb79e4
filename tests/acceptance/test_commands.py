"""Give commands in comments, and run the step that answers them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, trueup
from repositories import Work, git, new_repository
from trueup.github.comment import AUTHOR, Marker
from trueup.github.context import RunId
from trueup.github.key import KeyScope, scope_key
from unit.github.table import MISSING, Reply, Table, served_table

pytestmark = [pytest.mark.process]

BRANCH = "GET git/ref/heads/trueup/adopt-{key}-5"
CHOSEN = "demo=ok"
KEY = scope_key("drift", KeyScope(project="trueup.yaml", select=(CHOSEN,)))
TOKENS = {"GITHUB_TOKEN": "canary-job", "TRUEUP_FOLLOW_UP_TOKEN": "canary-app"}
WRITER = (200, {"permission": "write"})

Replies = dict[str, Reply | list[Reply]]


def event(body: str, *, on_pull: bool = True, action: str = "created", kind: str = "User") -> dict[str, Any]:
    issue: dict[str, Any] = {"number": 7, **({"pull_request": {}} if on_pull else {})}
    return {
        "action": action,
        "comment": {"id": 9, "body": body, "user": {"login": "ada", "type": kind}},
        "issue": issue,
        "repository": {"default_branch": "main", "full_name": "acme/connectors"},
    }


def commanded(folder: Path, about: dict[str, Any], replies: Replies, **variables: str) -> tuple[Done, Table]:
    (folder.parent / "event.json").write_text(json.dumps(about))
    usual: Replies = {
        "POST issues/comments/9/reactions": (201, {}),
        "POST issues/7/comments": (201, {}),
        "GET collaborators/ada/permission": WRITER,
    }
    table = Table(usual | replies)
    with served_table(table) as url:
        env = {
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_NAME": "issue_comment",
            "GITHUB_EVENT_PATH": str(folder.parent / "event.json"),
            "GITHUB_REPOSITORY": "acme/connectors",
            "GITHUB_RUN_ID": "5",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": "a" * 40,
            "GITHUB_ACTIONS": "true",
            "TRUEUP_INPUT_COMMAND": "comment",
            "TRUEUP_INPUT_SELECT": CHOSEN,
        }
        done = trueup("github", "comment", cwd=folder, env={**env, **TOKENS, **variables})
    assert not [token for token in TOKENS.values() if token in done.out + done.err]
    return done, table


def reactions(table: Table) -> list[str]:
    return [body["content"] for name, body in table.writes if name == "issues/comments/9/reactions"]


def answers(table: Table) -> list[str]:
    return [body["body"] for name, body in table.writes if name == "issues/7/comments"]


RUN = {"id": 23, "path": ".github/workflows/plans.yml", "status": "completed", "run_attempt": 1}
OPEN: Replies = {
    "GET pulls/7": (200, {"state": "open", "head": {"sha": "b" * 40}, "base": {"ref": "main"}, "merged_at": None}),
    "GET actions/runs": (200, {"workflow_runs": [RUN]}),
    "POST actions/runs/23/rerun": (201, {}),
}


def test_plan_by_comment_repeats_the_run(tmp_path: Path) -> None:
    done, table = commanded(tmp_path, event("/trueup plan"), OPEN, TRUEUP_INPUT_WORKFLOW="plans.yml")
    assert (done.status, reactions(table), answers(table)) == (0, ["eyes", "+1"], [])
    assert "actions/runs/23/rerun" in dict(table.writes)
    assert "https://github.com/acme/connectors/actions/runs/23" in done.out


def test_apply_by_a_reader_is_refused(tmp_path: Path) -> None:
    reader: Replies = {"GET collaborators/ada/permission": (200, {"permission": "read"})}
    done, table = commanded(tmp_path, event("/trueup apply"), OPEN | reader)
    assert (done.status, reactions(table)) == (0, ["eyes", "confused"])
    assert answers(table) == [
        "`/trueup apply` was not done. Only people who may push to this repository can give commands.\n"
    ]
    assert not [name for name, _ in table.requests if "runs" in name or "pulls" in name]


def test_apply_on_an_open_pull_request_is_refused(tmp_path: Path) -> None:
    done, table = commanded(tmp_path, event("/trueup apply"), OPEN)
    assert (done.status, reactions(table)) == (0, ["eyes", "confused"])
    assert answers(table) == ["`/trueup apply` was not done. This pull request is open. Merging it applies its plan.\n"]
    assert "::notice title=trueup::/trueup apply was not done." in done.out


@pytest.mark.parametrize(
    "about",
    [
        event("> /trueup apply"),
        event("/trueup apply", action="edited"),
        event("/trueup apply", kind="Bot"),
        event("/trueup apply; rm -rf ~\n::error::x"),
        {},
        {"comment": {"id": "9"}, "issue": []},
    ],
    ids=["quoted", "edited", "bot", "shell", "empty", "odd"],
)
def test_what_is_no_command_asks_github_nothing(tmp_path: Path, about: dict[str, Any]) -> None:
    done, table = commanded(tmp_path, about, {})
    assert (done.status, done.out, table.requests) == (0, "This comment is no command.\n", [])


@pytest.mark.parametrize("name", ["../x.yml", "x", "a b.yml", "x.yml/../../y.yml"])
def test_a_workflow_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    done, table = commanded(tmp_path, event("/trueup plan"), OPEN, TRUEUP_INPUT_WORKFLOW=name)
    assert done.status == 64
    assert done.out.startswith("::error title=trueup::The input workflow is ")
    assert not [name for name, _ in table.writes if "rerun" in name]


def test_a_job_without_a_token_says_so(tmp_path: Path) -> None:
    done, table = commanded(tmp_path, event("/trueup plan"), OPEN, GITHUB_TOKEN="")
    assert (done.status, table.requests) == (64, [])
    assert "GITHUB_TOKEN is empty." in done.out


def in_the_issue(key: str = KEY) -> Replies:
    marker = Marker(what="issue", key=key, run=RunId(number=3, attempt=1))
    return {
        "GET issues/7": (200, {"body": f"{marker}\nDrift", "user": {"login": AUTHOR}}),
        "GET pulls": (200, []),
        "POST git/blobs": (201, {"sha": "1" * 40}),
        "POST git/trees": (201, {"sha": "2" * 40}),
        BRANCH.format(key=key): MISSING,
        "POST git/commits": (201, {"sha": "3" * 40}),
        "POST git/refs": (201, {}),
        "POST pulls": (201, {"number": 12, "html_url": "https://github.example/acme/connectors/pull/12"}),
    }


@pytest.mark.slow
def test_adopt_in_the_issue_opens_a_pull_request(tmp_path: Path) -> None:
    work = drifted(tmp_path)
    manifest = work.root / "connectors/tax.yaml"
    head = git(work.root, "rev-parse", "HEAD").strip()
    parent: Replies = {f"GET git/commits/{head}": (200, {"tree": {"sha": "p" * 40}})}
    done, table = commanded(work.root, event("/trueup adopt", on_pull=False), in_the_issue() | parent)
    assert (done.status, reactions(table), answers(table)) == (0, ["eyes", "+1"], [])
    sent = dict(table.writes)
    assert [(entry["path"], entry["mode"]) for entry in sent["git/trees"]["tree"]] == [
        ("connectors/tax.yaml", "100755")
    ]
    assert base64.b64decode(sent["git/blobs"]["content"]) == manifest.read_bytes().replace(b"\r\n", b"\n")
    assert b"tag: v9.0.0" in manifest.read_bytes()
    assert sent["git/commits"]["parents"] == [head]
    assert sent["pulls"]["title"] == "Adopt what was changed live"
    assert "as asked for in #7." in sent["pulls"]["body"]
    assert "acme-tax" in sent["pulls"]["body"]
    assert table.tokens == {f"Bearer {token}" for token in TOKENS.values()}


@pytest.mark.slow
def test_adopt_without_drift_and_without_a_token_are_refusals(tmp_path: Path) -> None:
    work = drifted(tmp_path)
    said = event("/trueup adopt", on_pull=False)
    _, table = commanded(work.root, said, in_the_issue(), TRUEUP_FOLLOW_UP_TOKEN="")
    assert "Set the secret TRUEUP\\_TOKEN" in answers(table)[0]
    _, table = commanded(work.root, said, in_the_issue("f" * 16))
    assert "another project" in answers(table)[0]
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=work.root).status == 0
    _, table = commanded(work.root, said, in_the_issue())
    assert answers(table) == ["`/trueup adopt` was not done. Nothing to adopt. Live has not drifted.\n"]
    assert reactions(table) == ["eyes", "confused"]


def drifted(tmp_path: Path) -> Work:
    """Return a repository of the quickstart, applied, whose acme-tax has another tag live.

    The checkout has other line ends than the commit.
    """
    work = new_repository(quickstart(tmp_path))
    file = work.root / "connectors/tax.yaml"
    file.chmod(0o755)
    work.commit({".gitignore": ".trueup/\n", ".gitattributes": "connectors/*.yaml text eol=crlf\n"})
    kept = file.read_text()
    work.put({"connectors/tax.yaml": kept.replace("tag: v1.4.0", "tag: v9.0.0", 1)})
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=work.root).status == 0
    git(work.root, "rm", "--cached", "--quiet", "-r", ".")
    git(work.root, "checkout", "--quiet", "HEAD", "--", ".")
    return work
