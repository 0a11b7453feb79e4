"""Which kept plan counts, and what is not accepted as one."""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trueup.github.artifacts import MOST_RUNS, Kept, KeptNames, kept_plans, kept_to_json, read_zip
from trueup.github.folder import StepFolder
from trueup.github.found import NoPlan
from trueup.github.key import KeyScope, kept_name
from trueup.github.pulls import MergedPull
from unit.github.answers import REPO, STORE, Answer, Table, document, holds, lost, moves, pages, refuses, says
from unit.github.contexts import pushed

SCOPE = KeyScope(project="trueup.yaml")
NAMES = KeptNames.of(SCOPE)
PULL = MergedPull(number=7, url="", title="", head="e" * 40, fork=False, commits=("1" * 40,))
RUNS = f"GET {REPO}/actions/runs"


def run(number: int = 9, **members: Any) -> dict[str, Any]:
    return {
        "id": number,
        "event": "pull_request",
        "status": "completed",
        "conclusion": "failure",
        "head_sha": PULL.head,
        "path": ".github/workflows/trueup.yml@main",
        "repository": {"id": 5},
        "head_repository": {"id": 5},
        **members,
    }


def artifact(number: int = 1, shard: str = "1/1", attempt: int = 1, **members: Any) -> dict[str, Any]:
    name = kept_name(SCOPE, shard=shard, attempt=attempt)
    return {"id": number, "name": name, "expired": False, **members}


def zipped(shard: str = "1/1", plan: bytes | None = None, **members: Any) -> bytes:
    """Return an artifact as upload-artifact makes it, with ``members`` of its small file."""
    kept = Kept(key=NAMES.key, shard=shard, head=PULL.head, base="b" * 40, pull=7, complete=True)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("document.json", document() if plan is None else plan)
        archive.writestr("kept.json", json.dumps({**kept_to_json(kept), **members}))
    return written.getvalue()


def table(artifacts: Sequence[object], runs: Sequence[object] = (run(),), **more: Answer | list[Answer]) -> Table:
    """Return GitHub with these runs, which all have the same artifacts; ``a1`` is the content of artifact 1."""
    found: dict[str, Answer | list[Answer]] = {RUNS: pages(runs, "workflow_runs")}
    for number in range(100):
        found[f"GET {REPO}/actions/runs/{number}/artifacts"] = pages(artifacts, "artifacts")
    for name, answer in more.items():
        found[f"GET {REPO}/actions/artifacts/{name[1:]}/zip"] = moves(f"{STORE}/{name}")
        found[f"GET {STORE}/{name}"] = answer
    return Table(found)


def kept(folder: Path, github: Table, pull: MergedPull = PULL, names: KeptNames = NAMES) -> list[bytes] | NoPlan:
    with github.rest() as rest:
        files = kept_plans(rest, pushed(), pull, names, StepFolder(folder))
    if isinstance(files, NoPlan):
        assert list(folder.iterdir()) == []
        return files
    assert sorted(folder.iterdir()) == list(files)
    return [file.read_bytes() for file in files]


def test_the_plan_of_the_last_run_is_downloaded(tmp_path: Path) -> None:
    github = table([artifact()], a1=holds(zipped()))
    assert kept(tmp_path, github) == [document()]
    assert dict(github.asked[0].url.params) == {
        "per_page": "100",
        "page": "1",
        "head_sha": PULL.head,
        "event": "pull_request",
    }


def test_names_are_read_as_they_are_written() -> None:
    assert NAMES.read(kept_name(SCOPE, shard="2/10", attempt=3)) == (2, 10, 3)
    assert NAMES.read(kept_name(replace(SCOPE, targets=("eu",)), shard="2/10", attempt=3)) is None
    name = kept_name(SCOPE, shard="1/1", attempt=1)
    for odd in (None, 1, "", f"{name}\n", f"x{name}", f"{name}-1"):
        assert NAMES.read(odd) is None


@pytest.mark.parametrize(
    "members",
    [
        {"event": "push"},
        {"event": "pull_request_target"},
        {"event": "merge_group"},
        {"status": "in_progress"},
        {"head_sha": "f" * 40},
        {"head_repository": {"id": 6}},
        {"head_repository": None},
        {"repository": None},
        {"id": "9"},
    ],
)
def test_a_run_of_a_fork_of_another_event_or_of_another_commit_does_not_count(
    tmp_path: Path, members: dict[str, Any]
) -> None:
    # GitHub filters by commit and event as well; what it answers is checked nevertheless.
    github = table([artifact()], [run(**members)], a1=holds(zipped()))
    assert kept(tmp_path, github) is NoPlan.NO_RUN
    assert len(github.asked) == 1


def test_the_newest_run_that_kept_a_plan_is_used(tmp_path: Path) -> None:
    github = table([], [run(8), run(10), run(9)], a1=holds(zipped()), a2=holds(zipped(plan=document(2))))
    github.answers[f"GET {REPO}/actions/runs/8/artifacts"] = pages([artifact(1)], "artifacts")
    github.answers[f"GET {REPO}/actions/runs/9/artifacts"] = pages([artifact(2)], "artifacts")
    assert kept(tmp_path, github) == [document(2)]
    assert [path for path in github.paths if path.endswith("/artifacts")] == [
        f"GET {REPO}/actions/runs/10/artifacts",
        f"GET {REPO}/actions/runs/9/artifacts",
    ]


@pytest.mark.parametrize("pull", [8, None])
def test_a_plan_of_another_pull_request_with_the_same_commit_is_not_used(tmp_path: Path, pull: int | None) -> None:
    github = table([], [run(8), run(9)], a1=holds(zipped()), a2=holds(zipped(plan=document(2), pull=pull)))
    github.answers[f"GET {REPO}/actions/runs/9/artifacts"] = pages([artifact(2)], "artifacts")
    assert kept(tmp_path, github) is NoPlan.NO_RUN
    github.answers[f"GET {REPO}/actions/runs/8/artifacts"] = pages([artifact(1)], "artifacts")
    assert kept(tmp_path, github) == [document()]


def test_a_run_on_the_second_page_is_found(tmp_path: Path) -> None:
    others = [run(1000 + number, event="push") for number in range(130)]
    assert kept(tmp_path, table([artifact()], [*others, run(9)], a1=holds(zipped()))) == [document()]


def test_a_red_run_counts_and_its_colour_does_not_matter(tmp_path: Path) -> None:
    github = table([artifact()], [run(conclusion="failure")], a1=holds(zipped()))
    assert kept(tmp_path, github) == [document()]


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        (".github/workflows/trueup.yml", True),
        (".github/workflows/trueup.yml@refs/heads/main", True),
        (".github/workflows/evil.yml@.github/workflows/trueup.yml", False),
        ("trueup.yml", False),
        (None, False),
    ],
)
def test_only_the_named_workflow_may_have_kept_it(tmp_path: Path, path: object, counts: bool) -> None:  # noqa: FBT001 - a column of a table
    github = table([artifact()], [run(path=path)], a1=holds(zipped()))
    found = kept(tmp_path, github, names=KeptNames.of(SCOPE, "trueup.yml"))
    assert found == ([document()] if counts else NoPlan.NO_RUN)


def test_more_runs_than_are_looked_at_are_reported(tmp_path: Path) -> None:
    github = table([], [run(number) for number in range(1, MOST_RUNS + 2)])
    assert kept(tmp_path, github) is NoPlan.TOO_MANY
    assert len(github.asked) == 1 + MOST_RUNS


def test_each_shard_comes_from_its_newest_attempt(tmp_path: Path) -> None:
    artifacts = [artifact(1, "1/2"), artifact(2, "2/2"), artifact(3, "2/2", attempt=2)]
    github = table(artifacts, a1=holds(zipped("1/2")), a3=holds(zipped("2/2", document(3))))
    assert kept(tmp_path, github) == [document(), document(3)]


@pytest.mark.parametrize(
    "artifacts",
    [
        [artifact(1, "1/2")],
        [artifact(1, "1/2"), artifact(2, "3/2")],
        [artifact(1, "1/2"), artifact(2, "2/3")],
        [artifact(1, "0/1")],
        [artifact(1, "1/2"), artifact(2, "2/2"), artifact(3, "3/2")],
    ],
)
def test_a_missing_shard_makes_the_plan_incomplete(tmp_path: Path, artifacts: list[object]) -> None:
    assert kept(tmp_path, table(artifacts)) is NoPlan.INCOMPLETE


def test_nothing_is_left_when_a_later_shard_is_gone(tmp_path: Path) -> None:
    github = table([artifact(1, "1/2"), artifact(2, "2/2")], a1=holds(zipped("1/2")), a2=refuses(410))
    assert kept(tmp_path, github) is NoPlan.EXPIRED


def test_a_plan_that_is_not_whole_approves_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path, table([artifact()], a1=holds(zipped(complete=False)))) is NoPlan.INCOMPLETE
    no_plan = json.dumps({**json.loads(document()), "plan": None}).encode()
    assert kept(tmp_path, table([artifact()], a1=holds(zipped(plan=no_plan)))) is NoPlan.INCOMPLETE


def test_a_fork_is_not_asked_about(tmp_path: Path) -> None:
    github = table([artifact()], a1=holds(zipped()))
    assert kept(tmp_path, github, replace(PULL, fork=True)) is NoPlan.FORK
    assert github.asked == []


def test_an_artifact_that_is_listed_as_expired_is_not_downloaded(tmp_path: Path) -> None:
    github = table([artifact(expired=True)], a1=holds(zipped()))
    assert kept(tmp_path, github) is NoPlan.EXPIRED
    assert len(github.asked) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refuses(410, "Artifact has expired"), NoPlan.EXPIRED),
        (refuses(404, "Not Found"), NoPlan.DELETED),
        (refuses(403, "Resource not accessible by integration"), NoPlan.FORBIDDEN),
        (lost, NoPlan.UNREACHABLE),
        (refuses(502), NoPlan.UNREACHABLE),
        (holds(b"no zip"), NoPlan.DAMAGED),
    ],
)
def test_why_there_is_no_plan(tmp_path: Path, answer: Answer, reason: NoPlan) -> None:
    assert kept(tmp_path, table([artifact()], a1=answer)) is reason


@pytest.mark.parametrize("place", ["runs", "runs/9/artifacts"])
def test_a_list_that_cannot_be_read_is_not_an_empty_list(tmp_path: Path, place: str) -> None:
    for answer, reason in ((refuses(403), NoPlan.FORBIDDEN), (refuses(500), NoPlan.UNREACHABLE)):
        github = table([artifact()], a1=holds(zipped()))
        github.answers[f"GET {REPO}/actions/{place}"] = answer
        assert kept(tmp_path, github) is reason


def test_a_content_with_another_digest_is_damaged(tmp_path: Path) -> None:
    content = zipped()
    digest = hashlib.sha256(content).hexdigest()
    assert kept(tmp_path, table([artifact(digest=f"sha256:{digest}")], a1=holds(content))) == [document()]
    (tmp_path / "approved-1.json").unlink()
    assert kept(tmp_path, table([artifact(digest=f"sha256:{'0' * 64}")], a1=holds(content))) is NoPlan.DAMAGED


@pytest.mark.parametrize(
    "members",
    [
        {"key": "0" * 16},
        {"head": "f" * 40},
        {"shard": "1/2"},
        {"formatVersion": 2},
        {"complete": "yes"},
        {"pull": True},
    ],
)
def test_a_plan_that_says_it_is_another_one_is_damaged(tmp_path: Path, members: dict[str, Any]) -> None:
    assert kept(tmp_path, table([artifact()], a1=holds(zipped(**members)))) is NoPlan.DAMAGED


@pytest.mark.parametrize(
    "plan",
    [b"", b"{}", b"\xff", b"[" * 100_000, document().replace(b'"eu": 0', b'"eu": 1'), b'{"formatVersion": 1}'],
)
def test_a_document_that_is_no_plan_of_trueup_is_damaged(tmp_path: Path, plan: bytes) -> None:
    assert kept(tmp_path, table([artifact()], a1=holds(zipped(plan=plan)))) is NoPlan.DAMAGED


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as made:
        for name, content in entries:
            made.writestr(name, content)
    return written.getvalue()


def test_a_member_is_read_by_its_exact_name_and_others_are_ignored() -> None:
    others = [
        ("../document.json", b"up"),
        ("/document.json", b"root"),
        ("a/document.json", b"below"),
        ("DOCUMENT.JSON", b""),
    ]
    assert read_zip(archive(*others, ("document.json", b"right")), {"document.json": 5}) == {"document.json": b"right"}
    with pytest.raises(KeyError):
        read_zip(archive(*others), {"document.json": 5})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        read_zip(archive(("a", b"1"), ("a", b"2")), {"a": 5})


def test_a_member_that_grows_beyond_its_limit_is_refused() -> None:
    # 10 MB of zeros in 10 kB.
    with pytest.raises(ValueError, match="larger than 1,000 bytes"):
        read_zip(archive(("a", b"\0" * 10_000_000)), {"a": 1000})


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    content = archive(("a", b"x" * 5000), method=zipfile.ZIP_STORED)
    size = (5000).to_bytes(4, "little")
    assert content.count(size) == 4
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        read_zip(content.replace(size, (10).to_bytes(4, "little")), {"a": 1000})


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_are_refused(method: int) -> None:
    with pytest.raises(ValueError, match="another way"):
        read_zip(archive(("a", b"x"), method=method), {"a": 5})


def test_a_file_of_very_many_entries_is_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        read_zip(archive(*((str(number), b"") for number in range(65))), {"1": 5})


@pytest.mark.parametrize("cut", [0, 1, 30, -1, -25])
def test_a_file_that_ends_early_is_damaged(tmp_path: Path, cut: int) -> None:
    assert kept(tmp_path, table([artifact()], a1=holds(zipped()[:cut]))) is NoPlan.DAMAGED


def test_an_artifact_without_an_id_is_not_found(tmp_path: Path) -> None:
    assert kept(tmp_path, table([artifact(id=None)])) is NoPlan.DELETED


def test_an_odd_list_has_no_plan(tmp_path: Path) -> None:
    for items in ([None, 1, "x", {}, {"name": 1}], []):
        assert kept(tmp_path, table(items)) is NoPlan.NO_RUN
    github = table([])
    github.answers[RUNS] = says({"workflow_runs": None})
    assert kept(tmp_path, github) is NoPlan.UNREACHABLE
