"""Compare with a base in repositories that name programs to run: none is ever started, and none sees a credential."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, trueup
from repositories import Work, clone, git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

LATER = 4_000_000_000
"""A time stamp after that of any index: git then compares contents, through the filters that attributes name."""

SECRETS = {
    "CTP_CLIENT_ID": "canary-id",
    "CTP_CLIENT_SECRET": "canary-secret",
    "ORIGIN_ACCESS_TOKEN": "canary-token",
    "GITHUB_TOKEN": "canary-github",
}

ATTRIBUTES = "* filter=evil diff=evil merge=evil\n"

COMMANDS = [
    ("plan", "--base", "HEAD"),
    ("plan", "--changed-since", "HEAD"),
    ("preview", "--base", "HEAD"),
    ("drift", "--base", "HEAD"),
    ("drift", "--changed-since", "HEAD"),
    ("adopt", "--base", "HEAD"),
    ("apply", "--yes", "--base", "HEAD"),
    ("validate", "--changed-since", "HEAD"),
]

PROGRAM_KEYS = [
    "filter.evil.clean",
    "filter.evil.smudge",
    "filter.evil.process",
    "diff.evil.textconv",
    "diff.evil.command",
    "diff.external",
    "merge.evil.driver",
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "core.editor",
    "core.pager",
    "core.alternateRefsCommand",
    "pager.config",
    "pager.diff-index",
    "pager.ls-files",
    "alias.config",
    "alias.diff-index",
    "credential.helper",
    "gpg.program",
    "remote.origin.uploadpack",
    "trace2.eventTarget",
]
"""Keys by which a repository's configuration names a program, or a file to be written."""


class Marker:
    """A program that writes its environment to a file. The file must never be there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.file = folder / "ran"
        self.program = folder / "program"
        self.program.write_text(f"#!/bin/sh\nenv >>{shlex.quote(str(self.file))}\nexit 1\n")
        self.program.chmod(0o755)

    @property
    def ran(self) -> str:
        return self.file.read_text() if self.file.exists() else ""


@pytest.fixture
def marker(tmp_path: Path) -> Marker:
    return Marker(tmp_path / "marker")


@pytest.fixture
def house(tmp_path: Path) -> Work:
    """Commit the quickstart below the top folder, with a change since."""
    new_repository(tmp_path / "house")
    quickstart(tmp_path / "house")
    work = Work(tmp_path / "house")
    work.commit({".gitattributes": ATTRIBUTES, ".gitignore": ".trueup/\n"})
    for file in work.root.rglob("*.yaml"):
        os.utime(file, (LATER, LATER))
    git(work.root, "update-index", "--refresh")
    change(work.root)
    return work


def change(top: Path, file: str = "quickstart/connectors/tax.yaml") -> None:
    """Change a file and neither its size nor its time stamp."""
    text = (top / file).read_text()
    assert "tag: v1.4.0" in text
    (top / file).write_text(text.replace("tag: v1.4.0", "tag: v1.5.0"))
    os.utime(top / file, (LATER, LATER))


def previewed(done: Done) -> dict[str, str]:
    """Return the resources that a preview changes, and the commit it compared with."""
    assert done.status == 0, done.out + done.err
    plan = done.document["plan"]
    changed = {r["identity"]["value"]: "changed" for r in plan["resources"] if r["actions"]}
    return {**changed, "commit": plan["base"]["commit"]}


def preview(top: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    env = {**SECRETS, **(environ or {})}
    return previewed(trueup("preview", "--base", "HEAD", "--format", "json", cwd=top / "quickstart", env=env))


def embedded(place: Path, marker: Marker) -> None:
    """Put files beside the project file that git takes for a bare repository with a remote to fetch from."""
    config = f"""\
[core]
\trepositoryformatversion = 1
\tbare = false
\tworktree = .
[extensions]
\tpartialClone = evil
[remote "evil"]
\turl = {place}
\tpromisor = true
\tfetch = +refs/heads/*:refs/remotes/evil/*
\tuploadpack = {marker.program}
[filter "evil"]
\tclean = {marker.program}
"""
    files = {
        "HEAD": "ref: refs/heads/main\n",
        "config": config,
        "objects/README": "",
        "refs/heads/main": f"{'1' * 40}\n",
        "refs/README": "",
    }
    Work(place).put(files)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_bare_repository_beside_the_project_file_is_none(
    house: Work, marker: Marker, command: tuple[str, ...]
) -> None:
    embedded(house.root / "quickstart", marker)
    house.commit()
    done = trueup(*command, "--format", "json", cwd=house.root / "quickstart", env=SECRETS)
    assert marker.ran == ""
    assert done.document["error"] is None, done.out
    if command[0] == "preview":
        assert done.document["plan"]["base"]["commit"] == git(house.root, "rev-parse", "HEAD")


def test_a_bare_repository_without_a_git_entry_above_it_is_none(tmp_path: Path, marker: Marker) -> None:
    place = quickstart(tmp_path)
    embedded(place, marker)
    for command in COMMANDS:
        done = trueup(*command, cwd=place, env=SECRETS)
        assert done.status == 64
        assert "is not in a git repository" in done.err
    assert marker.ran == ""


@pytest.mark.parametrize("key", PROGRAM_KEYS)
def test_no_program_that_the_settings_name_is_run(house: Work, marker: Marker, key: str) -> None:
    start = "!" if key.startswith("alias") else ""
    value = str(marker.file) if key.startswith("trace2") else f"{start}{marker.program}"
    with (house.root / ".git" / "config").open("a") as settings:
        settings.write(section(key, value))
    assert set(preview(house.root)) == {"acme-tax", "commit"}
    assert marker.ran == ""


def section(key: str, value: str) -> str:
    head, _, rest = key.partition(".")
    middle, _, name = rest.rpartition(".")
    return f'[{head} "{middle}"]\n\t{name} = {value}\n' if middle else f"[{head}]\n\t{name} = {value}\n"


@pytest.mark.parametrize("includes", ["include.path", "includeIf.gitdir:/**.path"])
def test_no_program_of_an_included_file_is_run(house: Work, marker: Marker, tmp_path: Path, includes: str) -> None:
    (tmp_path / "included").write_text(section("filter.evil.clean", str(marker.program)))
    git(house.root, "config", includes, str(tmp_path / "included"))
    assert set(preview(house.root)) == {"acme-tax", "commit"}
    assert marker.ran == ""


def test_no_program_of_a_work_tree_s_own_settings_is_run(house: Work, marker: Marker) -> None:
    git(house.root, "config", "extensions.worktreeConfig", "true")
    git(house.root, "config", "--worktree", "filter.evil.clean", str(marker.program))
    assert set(preview(house.root)) == {"acme-tax", "commit"}
    assert marker.ran == ""


def test_no_filter_of_the_user_s_own_settings_is_run_by_committed_attributes(
    house: Work, marker: Marker, tmp_path: Path
) -> None:
    (tmp_path / ".gitconfig").write_text(section("filter.evil.clean", str(marker.program)))
    given = {
        "HOME": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "filter.evil.process",
        "GIT_CONFIG_VALUE_0": str(marker.program),
    }
    assert set(preview(house.root, given)) == {"acme-tax", "commit"}
    assert marker.ran == ""


@pytest.mark.parametrize("elsewhere", [False, True])
def test_no_hook_is_run(house: Work, marker: Marker, tmp_path: Path, elsewhere: bool) -> None:  # noqa: FBT001 - a case
    hooks = tmp_path / "hooks" if elsewhere else house.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        shutil.copy(marker.program, hooks / name)
    if elsewhere:
        git(house.root, "config", "core.hooksPath", str(hooks))
    assert set(preview(house.root)) == {"acme-tax", "commit"}
    assert marker.ran == ""


def test_a_work_tree_that_the_settings_lead_elsewhere_is_not_read(house: Work, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    git(house.root, "config", "core.worktree", str(tmp_path / "elsewhere"))
    assert set(preview(house.root)) == {"acme-tax", "commit"}


@pytest.mark.parametrize("key", ["uploadpack", "vcs"])
def test_nothing_is_fetched_into_a_partial_clone(house: Work, marker: Marker, tmp_path: Path, key: str) -> None:
    git(house.root, "config", "uploadpack.allowFilter", "true")
    git(house.root, "commit", "--quiet", "--all", "--message", "two")
    partial = clone(house.root, tmp_path / "partial", "--filter=blob:none")
    value = "evil" if key == "vcs" else str(marker.program)
    git(partial.root, "config", f"remote.origin.{key}", value)
    helper = marker.program.with_name("git-remote-evil")
    shutil.copy(marker.program, helper)
    path = os.pathsep.join([str(helper.parent), os.environ["PATH"]])
    done = trueup("preview", "--base", "HEAD~1", cwd=partial.root / "quickstart", env={**SECRETS, "PATH": path})
    assert marker.ran == ""
    assert done.status != 0
    assert "This clone is partial, and trueup fetches nothing" in done.err


@pytest.fixture
def outer(house: Work, tmp_path: Path) -> Work:
    """Make the house a submodule of another repository, with a change in it."""
    git(house.root, "checkout", "--quiet", ".")
    outer = new_repository(tmp_path / "outer")
    git(outer.root, "submodule", "--quiet", "add", str(house.root), "estate")
    quickstart(outer.root)
    outer.commit({".gitignore": ".trueup/\n"})
    for file in outer.root.rglob("*.yaml"):
        os.utime(file, (LATER, LATER))
    git(outer.root, "update-index", "--refresh")
    git(outer.root / "estate", "update-index", "--refresh")
    change(outer.root, "estate/quickstart/connectors/tax.yaml")
    return outer


def test_a_submodule_is_a_repository_of_its_own(outer: Work, marker: Marker) -> None:
    inner = outer.root / "estate"
    git(inner, "config", "filter.evil.clean", str(marker.program))
    assert preview(inner) == {"acme-tax": "changed", "commit": git(inner, "rev-parse", "HEAD")}
    assert marker.ran == ""


def test_no_program_of_a_submodule_is_run_from_outside_of_it(outer: Work, marker: Marker) -> None:
    """To say whether a submodule is dirty, git would start another git in it."""
    git(outer.root / "estate", "config", "filter.evil.clean", str(marker.program))
    assert preview(outer.root) == {"commit": git(outer.root, "rev-parse", "HEAD")}
    assert marker.ran == ""


def hook(top: Path, out: Path) -> str:
    """Return a script that previews a project below the top folder, as people run it in a hook."""
    command = shlex.join([sys.executable, "-m", "trueup", "preview", "--base", "HEAD", "--format", "json"])
    place = shlex.quote(str(top / "quickstart"))
    return f"#!/bin/sh\nenv >{out}.env\ncd {place} && {command} >{out} 2>{out}.err\nexit 0\n"


def result(out: Path) -> dict[str, str]:
    return previewed(Done(0, out.read_text(), out.with_name(f"{out.name}.err").read_text()))


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("name", ["pre-commit", "post-checkout", "rebase --exec"])
def test_a_hook_compares_with_its_own_repository(
    house: Work,
    tmp_path: Path,
    name: str,
    linked: bool,  # noqa: FBT001 - a case
) -> None:
    top = house.root
    if linked:
        top = tmp_path / "side"
        git(house.root, "worktree", "add", "--quiet", str(top))
        change(top)
    commit = git(top, "rev-parse", "HEAD")
    script = tmp_path / "script"
    script.write_text(hook(top, tmp_path / "out"))
    script.chmod(0o755)
    if name != "rebase --exec":
        (house.root / ".git" / "hooks").mkdir(exist_ok=True)
        shutil.copy(script, house.root / ".git" / "hooks" / name)
    match name:
        case "pre-commit":
            git(top, "commit", "--quiet", "--all", "--message", "two")
        case "post-checkout":
            git(top, "checkout", "--quiet", "-b", "other")
        case _:
            git(top, "commit", "--quiet", "--all", "--message", "two")
            git(top, "rebase", "--quiet", "--exec", str(script), "HEAD~1")
            assert result(tmp_path / "out") == {"commit": git(top, "rev-parse", "HEAD")}
            return
    assert "GIT_" in (tmp_path / "out.env").read_text()
    assert result(tmp_path / "out") == {"acme-tax": "changed", "commit": commit}


def test_variables_of_a_hook_lead_to_no_other_repository(house: Work, tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other")
    other.commit({"quickstart/trueup.yaml": "nothing"})
    variables = {
        **other.exported(),
        "GIT_CEILING_DIRECTORIES": str(house.root),
    }
    assert preview(house.root, variables) == {"acme-tax": "changed", "commit": git(house.root, "rev-parse", "HEAD")}


def test_a_linked_work_tree_of_a_bare_repository_is_read(house: Work, marker: Marker, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(house.root), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "--quiet", str(tmp_path / "side"), "main")
    git(tmp_path / "bare.git", "config", "filter.evil.clean", str(marker.program))
    change(tmp_path / "side")
    assert preview(tmp_path / "side") == {"acme-tax": "changed", "commit": git(house.root, "rev-parse", "HEAD")}
    assert marker.ran == ""


def test_a_sparse_work_tree_is_read(house: Work) -> None:
    git(house.root, "checkout", "--quiet", ".")
    house.commit({"apart/x.txt": "one"})
    git(house.root, "sparse-checkout", "set", "--cone", "--sparse-index", "quickstart")
    assert not (house.root / "apart").exists()
    change(house.root)
    assert preview(house.root) == {"acme-tax": "changed", "commit": git(house.root, "rev-parse", "HEAD")}


def test_git_is_given_no_credential(house: Work, tmp_path: Path) -> None:
    """Put a program in git's place that notes what it is given, and then is git."""
    real = shutil.which("git")
    assert real is not None
    (tmp_path / "bin").mkdir()
    instead = tmp_path / "bin" / "git"
    instead.write_text(f'#!/bin/sh\nenv >>{tmp_path}/seen\necho "$@" >>{tmp_path}/seen\nexec {real} "$@"\n')
    instead.chmod(0o755)
    preview(house.root, {"PATH": os.pathsep.join([str(instead.parent), os.environ["PATH"]])})
    seen = (tmp_path / "seen").read_text()
    assert "--git-dir=" in seen
    assert "canary" not in seen
    assert not [line for line in seen.splitlines() if line.startswith(("CTP_", "ORIGIN_", "TRUEUP_", "GITHUB_"))]
