"""Name another commit wherever people keep their work trees, and whatever their files are called."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from acceptance.commands import Done, trueup
from repositories import Work, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets: {try: {platform: connect, sandbox: true}}
"""
TAX = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax}
spec:
  name: Acme Tax # as people know it
  creator: {email: dev@acme.example}
  repository: {url: "git@github.com:acme/tax.git", tag: v1.0.0}
"""
PSP = TAX.replace("acme-tax", "acme-psp")
IGNORED = ".trueup/\n"
FILES = {"trueup.yaml": PROJECT, "tax.yaml": TAX, "psp.yaml": PSP, ".gitignore": IGNORED}


def plain(folder: Path) -> Work:
    work = new_repository(folder / "plain")
    work.commit(FILES)
    return work


def linked(folder: Path) -> Work:
    """Add a second work tree to a repository."""
    work = plain(folder)
    git(work.root, "worktree", "add", "--quiet", str(folder / "linked"), "-b", "other")
    return Work(folder / "linked")


def beside_bare(folder: Path) -> Work:
    """Keep a bare repository in a folder, and work trees beside it, as ``.bare`` and ``main``."""
    work, home = plain(folder), folder / "home"
    home.mkdir()
    git(home, "clone", "--quiet", "--bare", f"file://{work.root}", ".bare")
    (home / ".git").write_text("gitdir: ./.bare\n")
    git(home, "worktree", "add", "--quiet", "main", "main")
    return Work(home / "main")


def submodule(folder: Path) -> Work:
    """Keep the manifests in a submodule of a repository that has other files."""
    work, outer = plain(folder), new_repository(folder / "outer")
    outer.commit({"README": "outer\n"})
    git(outer.root, "submodule", "--quiet", "add", f"file://{work.root}", "estate")
    outer.commit()
    return Work(outer.root / "estate")


def below(folder: Path) -> Work:
    """Keep the project in a folder of a larger repository."""
    work = new_repository(folder / "mono")
    work.commit({f"deploy/estate/{name}": text for name, text in FILES.items()})
    return Work(folder / "mono" / "deploy" / "estate")


def through_a_link(folder: Path) -> Work:
    (folder / "link").symlink_to(plain(folder).root)
    return Work(folder / "link")


LAYOUTS = [plain, linked, beside_bare, submodule, below, through_a_link]
NAMES = [b"t x.yaml", "tÄx.yaml".encode(), b"t\xe4x.yaml", b"t\tx.yaml", b"-t.yaml", b't"x\\.yaml', b":t*.yaml"]


def causes(done: Done) -> dict[str, set[str]]:
    assert done.document["error"] is None, done.document
    resources = done.document["plan"]["resources"]
    return {r["identity"]["value"]: {a["cause"] for a in r["actions"]} for r in resources if r["actions"]}


def assert_told_apart(work: Work, mine: Path, theirs: Path) -> None:
    """Change one file, let another user change live for another file, and hold all that names a commit against it."""
    assert trueup("apply", "--yes", cwd=work.root).status == 0
    theirs.write_text(theirs.read_text().replace("v1.0.0", "v9.0.0"))
    assert trueup("apply", "--yes", cwd=work.root).status == 0
    git(work.root, "checkout", "--quiet", ".")
    mine.write_text(mine.read_text().replace("Acme Tax", "Mine"))
    json = ("--format", "json")
    assert causes(trueup("plan", "--base", "HEAD", *json, cwd=work.root)) == {
        "acme-tax": {"your change"},
        "acme-psp": {"drift"},
    }
    assert set(causes(trueup("plan", "--changed-since", "HEAD", *json, cwd=work.root))) == {"acme-tax"}
    assert set(causes(trueup("preview", "--base", "HEAD", *json, cwd=work.root))) == {"acme-tax"}
    drift = trueup("drift", "--base", "HEAD", *json, cwd=work.root).document["drift"]
    assert [r["identity"]["value"] for r in drift["resources"] if r["fate"] == "changed"] == ["acme-psp"]
    before = mine.read_bytes()
    assert trueup("adopt", "--base", "HEAD", cwd=work.root).status == 0
    assert mine.read_bytes() == before
    assert theirs.read_text() == PSP.replace("v1.0.0", "v9.0.0")
    assert causes(trueup("plan", "--base", "HEAD", *json, cwd=work.root)) == {"acme-tax": {"your change"}}
    assert trueup("apply", "--yes", "--base", "HEAD", cwd=work.root).status == 0
    assert trueup("plan", "--detailed-exitcode", cwd=work.root).status == 0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_your_change_and_drift_are_told_apart_in_every_layout(layout: Callable[[Path], Work], tmp_path: Path) -> None:
    work = layout(tmp_path)
    assert_told_apart(work, work.root / "tax.yaml", work.root / "psp.yaml")


def test_files_may_have_any_name(tmp_path: Path) -> None:
    """Bytes that are no text, line breaks, and signs that git and shells act upon."""
    work = new_repository(tmp_path / "names")
    work.commit({"trueup.yaml": PROJECT, ".gitignore": IGNORED})
    for number, name in enumerate(NAMES):
        (work.root / os.fsdecode(name)).write_text(TAX.replace("acme-tax", f"acme-{number}"))
    (work.root / os.fsdecode(b"mine\xff.yaml")).write_text(TAX)
    (work.root / os.fsdecode(b"theirs\xfe\n.yaml")).write_text(PSP)
    work.commit()
    assert_told_apart(work, work.root / os.fsdecode(b"mine\xff.yaml"), work.root / os.fsdecode(b"theirs\xfe\n.yaml"))


def test_without_git_only_what_asks_for_git_says_so(tmp_path: Path) -> None:
    work = Work(tmp_path / "bare")
    work.put(FILES)
    assert trueup("apply", "--yes", cwd=work.root).status == 0
    for command in (["plan"], ["drift"], ["adopt"], ["validate"], ["import"]):
        assert trueup(*command, cwd=work.root).status == 0
    for command in (["plan"], ["drift"], ["adopt"], ["preview"]):
        done = trueup(*command, "--base", "HEAD", cwd=work.root)
        assert done.status == 64
        assert "git repository" in done.err
    assert trueup("validate", "--changed-since", "HEAD", cwd=work.root).status == 64
    nowhere = {"PATH": str(tmp_path)}
    assert trueup("plan", cwd=work.root, env=nowhere).status == 0
    done = trueup("plan", "--base", "HEAD", cwd=work.root, env=nowhere)
    assert done.status == 1
    assert "git is not installed" in done.err
