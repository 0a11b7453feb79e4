"""Links that lead out of the repository, and files that are none: nothing of them is read, shown or written."""

import os
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, trueup
from repositories import git, new_repository

pytestmark = [pytest.mark.process, pytest.mark.slow]

CANARY = "canary-7f3a91bd"
ENV = {"CTP_CLIENT_SECRET": CANARY}
FORMATS = ("text", "json", "markdown", "github")
COMMANDS = [
    ("validate",),
    ("plan",),
    ("preview", "--base", "HEAD"),
    ("drift",),
    ("adopt",),
    ("import", "--target", "connect-eu"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Commit the quickstart; beside it lies a folder that is not in the repository."""
    place = new_repository(quickstart(tmp_path)).root
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "m.yaml").write_text(f"{CANARY}: [")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "first")
    return place


def assert_refused(done: Done, name: str) -> None:
    assert done.status == 3, done.out + done.err
    said = done.out + done.err
    assert "link-leads-out" in said
    assert name in said
    assert CANARY not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_environment_is_in_no_output(place: Path, command: tuple[str, ...]) -> None:
    (place / "connectors" / "x.yaml").symlink_to("/proc/self/environ")
    formats = FORMATS if command == ("validate",) else FORMATS[:3]
    for form in formats:
        assert_refused(trueup(*command, "--format", form, cwd=place, env=ENV), "connectors/x.yaml")


def test_the_files_of_a_run_hold_nothing_of_it(place: Path) -> None:
    (place / "connectors" / "x.yaml").symlink_to("/proc/self/environ")
    files = ("--report", "r.html", "--junit", "r.xml")
    assert_refused(trueup("plan", "--base", "HEAD", *files, cwd=place, env=ENV), "connectors/x.yaml")
    assert_refused(trueup("validate", "--sarif", "r.sarif", cwd=place, env=ENV), "connectors/x.yaml")
    for name in ("r.html", "r.xml", "r.sarif"):
        assert CANARY not in (place / name).read_text()


def test_a_resource_behind_a_link_out_does_not_count_as_gone(place: Path) -> None:
    (place / "connectors" / "tax.yaml").rename(place.parent / "other" / "tax.yaml")
    (place / "connectors" / "tax.yaml").symlink_to("../../other/tax.yaml")
    done = trueup("preview", "--base", "HEAD", "--keep-going", "--format", "json", cwd=place)
    assert "link-leads-out" in done.out
    assert not done.document["plan"].get("gone")


@pytest.mark.parametrize("arguments", [(), (".",), ("connectors",), ("connectors/out",), ("connectors/out/m.yaml",)])
def test_a_folder_outside_is_not_read(place: Path, arguments: tuple[str, ...]) -> None:
    (place / "connectors" / "out").symlink_to("../../other")
    assert_refused(trueup("validate", *arguments, cwd=place), "connectors/out")


@pytest.mark.parametrize("target", ["../other/m.yaml", ".git/config"])
def test_neither_a_seed_nor_a_project_file_may_be_elsewhere(place: Path, target: str) -> None:
    (place / "live.yaml").unlink()
    (place / "live.yaml").symlink_to(target)
    done = trueup("plan", cwd=place)
    assert_refused(done, "trueup.yaml:")
    assert "sandbox.seed" in trueup("plan", "--format", "json", cwd=place).out
    (place / "trueup.yaml").unlink()
    (place / "trueup.yaml").symlink_to(target)
    assert_refused(trueup("plan", cwd=place), "trueup.yaml:1:1")
    assert_refused(trueup("plan", "--project", "trueup.yaml", cwd=place), "trueup.yaml:1:1")


def test_git_s_own_files_are_not_read(place: Path) -> None:
    git(place, "config", "user.name", CANARY)
    (place / "connectors" / "x.yaml").symlink_to("../.git/config")
    assert_refused(trueup("validate", cwd=place), "connectors/x.yaml")


def test_links_in_circles_change_nothing(place: Path) -> None:
    before = trueup("validate", cwd=place)
    planned = trueup("plan", "--base", "HEAD", cwd=place)
    for name in ("connectors/a", "connectors/b", "certifications/up"):
        (place / name).symlink_to(".." if name.endswith("up") else ".")
    assert trueup("validate", cwd=place) == before
    assert trueup("validate", "connectors", "certifications", cwd=place) == before
    assert trueup("plan", "--base", "HEAD", cwd=place) == planned


@pytest.mark.parametrize("kind", ["pipe", "device", "large"])
def test_only_regular_files_of_a_sensible_size_are_read(place: Path, kind: str) -> None:
    file = place / "connectors" / "x.yaml"
    match kind:
        case "pipe":
            os.mkfifo(file)
            named, said = str(file), "not a regular file"
        case "device":
            named, said = "/dev/zero", "not a regular file"
        case _:
            file.touch()
            os.truncate(file, 2 * 1024**3)
            named, said = str(file), "file-too-large"
    done = trueup("validate", named, cwd=place)
    assert done.status == 3
    assert said in done.out
    whole = trueup("validate", cwd=place)
    assert whole.status == (3 if kind == "large" else 0)


def test_a_plan_and_a_document_are_read_only_from_regular_files(place: Path) -> None:
    for command in (("apply", "--yes", "--plan", "/dev/zero"), ("merge", "/dev/zero")):
        done = trueup(*command, cwd=place)
        assert done.status == 64
        assert "not a regular file" in done.err
    assert trueup("sandbox", "--port", "0", "--seed", "/dev/zero", cwd=place).status == 3


def test_import_writes_nothing_through_a_link_out(place: Path) -> None:
    for file in (place / "connectors").iterdir():
        file.unlink()
    (place / "connectors").rmdir()
    (place / "connectors").symlink_to("../other/new")
    (place / "inside").mkdir()
    arguments = ("import", "--target", "connect-eu", "--keep-going", "--format", "json")
    done = trueup(*arguments, cwd=place)
    assert done.status in {3, 5}
    assert not (place.parent / "other" / "new").exists()
    assert all("leads out" in left["reason"] for left in done.document["import"]["left"])
    (place.parent / "other" / "new").mkdir()
    assert trueup(*arguments, cwd=place).status in {3, 5}
    assert not list((place.parent / "other" / "new").iterdir())


def test_adopt_writes_nothing_through_a_link_out(place: Path) -> None:
    chosen = ("--select", "demo=ok", "--keep-going")
    file = place / "connectors" / "tax.yaml"
    mine = file.read_text()
    file.write_text(mine.replace("tag: v1.4.0", "tag: v9.0.0"))
    assert trueup("apply", "--yes", *chosen, cwd=place).status == 0
    outside = place.parent / "other" / "tax.yaml"
    outside.write_text(mine)
    file.unlink()
    file.symlink_to(outside)
    done = trueup("adopt", *chosen, cwd=place)
    assert "link-leads-out" in done.out + done.err
    assert outside.read_text() == mine


@pytest.mark.parametrize("target", ["erp.yaml", "/proc/1/root/x.yaml"])
def test_a_link_that_cannot_be_followed_is_an_error_and_its_resource_is_not_gone(place: Path, target: str) -> None:
    (place / "connectors" / "erp.yaml").unlink()
    (place / "connectors" / "erp.yaml").symlink_to(target)
    for command in (("validate",), ("preview", "--base", "HEAD"), ("plan", "--changed-since", "HEAD")):
        done = trueup(*command, cwd=place)
        assert done.status == 3, done.out + done.err
        assert "connectors/erp.yaml" in done.out + done.err
        assert "No longer managed" not in done.out
        assert "fault of trueup" not in done.err
