import os
from dataclasses import replace
from pathlib import Path

import pytest

from repositories import new_repository
from trueup.errors import Severity, UsageError
from trueup.manifest.discovery import FoundFiles, find_sources
from trueup.manifest.file_names import display
from trueup.manifest.project import Project, load_project

HEAD = "apiVersion: trueup/v1\nkind: Project\n"


def _write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("a: 1\n")


def _project(root: Path, text: str = "") -> Project:
    (root / "trueup.yaml").write_text(HEAD + text)
    return load_project(root / "trueup.yaml", sandbox=False, cwd=root)


def _names(found: FoundFiles) -> list[str]:
    assert not found.diagnostics
    assert all(Path(source.path or "").is_file() for source in found.sources)
    return [source.name for source in found.sources]


def _problem(found: FoundFiles) -> list[tuple[str, str]]:
    return [(problem.code, str(problem.position)) for problem in found.diagnostics]


def test_globs_find_files_once_in_a_stable_order(tmp_path: Path) -> None:
    _write(tmp_path, "b/2.yaml", "b/1.yaml", "b/deep/3.yaml", "a/1.yml", "a/readme.md", "c/1.yaml")
    project = _project(tmp_path, 'manifests: ["b/**/*.yaml", "a/*.y*ml", "b/1.yaml"]\n')
    assert _names(find_sources(project, [], cwd=tmp_path)) == ["b/1.yaml", "b/2.yaml", "b/deep/3.yaml", "a/1.yml"]


def test_without_globs_every_yaml_file_below_is_read(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml", "b/c.yml", "b/d.txt")
    assert _names(find_sources(_project(tmp_path), [], cwd=tmp_path)) == ["a.yaml", "b/c.yml"]


@pytest.mark.parametrize("paths", [[], ["."]])
def test_project_files_seeds_and_hidden_files_are_passed_over(tmp_path: Path, paths: list[str]) -> None:
    _write(tmp_path, "a.yaml", "live.yaml", ".github/w.yaml", "x/.hidden.yaml", "x/.git/c.yaml", "x/trueup.yaml")
    project = _project(tmp_path, "sandbox: {seed: live.yaml}\n")
    assert _names(find_sources(project, paths, cwd=tmp_path)) == ["a.yaml"]


def test_a_folder_is_read_recursively_with_its_own_files_first(tmp_path: Path) -> None:
    _write(tmp_path, "m/z.yaml", "m/a/1.yaml", "m/b.yml", "m/b/c/2.yaml", "m/n.json")
    found = find_sources(_project(tmp_path), ["m"], cwd=tmp_path)
    assert _names(found) == ["m/b.yml", "m/z.yaml", "m/a/1.yaml", "m/b/c/2.yaml"]


def test_a_file_on_the_command_line_may_have_any_name(tmp_path: Path) -> None:
    _write(tmp_path, ".x/.hidden.txt")
    assert _names(find_sources(_project(tmp_path), [".x/.hidden.txt"], cwd=tmp_path)) == [".x/.hidden.txt"]


def test_a_path_given_twice_is_read_once(tmp_path: Path) -> None:
    _write(tmp_path, "m/a.yaml")
    found = find_sources(_project(tmp_path), ["m/a.yaml", "m", "./m/../m/a.yaml", str(tmp_path / "m")], cwd=tmp_path)
    assert _names(found) == ["m/a.yaml"]


def test_standard_input_is_a_source(tmp_path: Path) -> None:
    assert [(s.name, s.path) for s in find_sources(_project(tmp_path), ["-"], cwd=tmp_path).sources] == [
        ("<stdin>", None)
    ]


def test_names_are_relative_below_the_working_directory_and_as_typed_elsewhere(tmp_path: Path) -> None:
    _write(tmp_path, "in/m/a.yaml", "out/b.yaml")
    cwd = tmp_path / "in"
    project = Project(root=cwd, file=None, manifests=(), targets={}, seed=None)
    paths = [str(cwd / "m"), "../out", str(tmp_path / "out" / "b.yaml")]
    assert [source.name for source in find_sources(project, paths, cwd=cwd).sources] == ["m/a.yaml", "../out/b.yaml"]
    assert display(tmp_path / "out" / "b.yaml", cwd) == str(tmp_path / "out" / "b.yaml")


def test_a_project_above_is_named_relative_to_the_working_directory(tmp_path: Path) -> None:
    _write(tmp_path, "m/a.yaml", "n/b.yaml")
    assert _names(find_sources(_project(tmp_path), [], cwd=tmp_path / "m")) == ["../m/a.yaml", "../n/b.yaml"]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    found = find_sources(_project(tmp_path), ["nope", "no/where.yaml"], cwd=tmp_path)
    assert _problem(found) == [("file-not-found", "nope:1:1"), ("file-not-found", "no/where.yaml:1:1")]


def test_a_folder_without_manifests_is_an_error(tmp_path: Path) -> None:
    _write(tmp_path, "m/readme.md")
    assert _problem(find_sources(_project(tmp_path), ["m"], cwd=tmp_path)) == [("no-manifests", "m:1:1")]


def test_a_glob_that_matches_nothing_is_a_warning_at_its_place(tmp_path: Path) -> None:
    _write(tmp_path, "a.yaml")
    found = find_sources(_project(tmp_path, 'manifests: ["a.yaml", "b/*.yaml"]\n'), [], cwd=tmp_path)
    assert _problem(found) == [("glob-without-match", "trueup.yaml:3:23")]
    assert found.diagnostics[0].severity is Severity.WARNING


@pytest.mark.parametrize("glob", ["connectors/**/*.yaml", "certifications/**/*.yml", "**/*.yaml", "**/*.yml"])
def test_a_documented_glob_may_match_nothing(tmp_path: Path, glob: str) -> None:
    _write(tmp_path, "m/a.txt")
    found = find_sources(_project(tmp_path, f'manifests: ["m/*.txt", "{glob}"]\n'), [], cwd=tmp_path)
    assert _names(found) == ["m/a.txt"]
    assert found.diagnostics == ()


def _manifests(root: Path, *names: str) -> None:
    _write(root, *names)
    for name in names:
        (root / name).write_text("apiVersion: trueup/v1\n")


@pytest.mark.parametrize(("glob", "other"), [("m/*.yaml", "m/*.yml"), ("m/*.yml", "m/*.yaml")])
def test_manifests_with_another_ending_are_named_once(tmp_path: Path, glob: str, other: str) -> None:
    _manifests(tmp_path, *(f"m/{name}.{ending}" for name in "abcde" for ending in ("yaml", "yml")))
    _write(tmp_path, "m/x.yaml", "m/x.yml")
    project = _project(tmp_path, f'manifests: ["{glob}"]\n')
    (found,) = find_sources(project, [], cwd=tmp_path / "m").diagnostics
    ending = other.rpartition(".")[2]
    named = ", ".join(f"../m/{name}.{ending}" for name in "abc")
    assert found.message == f"5 manifests are not read, because no glob has the ending: {named} and 2 more."
    assert (found.code, found.severity, found.hint.rpartition(" ")[2]) == (
        "file-without-glob",
        Severity.WARNING,
        f"{other}.",
    )


def test_a_link_that_no_glob_takes_is_no_error(tmp_path: Path) -> None:
    _manifests(tmp_path, "p/m/a.yaml", "outside.yml")
    (tmp_path / "p" / "m" / "b.yml").symlink_to(tmp_path / "outside.yml")
    project = _project(tmp_path / "p", 'manifests: ["m/*.yaml"]\n')
    assert find_sources(project, [], cwd=tmp_path / "p").diagnostics == ()
    (tmp_path / "p" / "m" / "b.yaml").symlink_to(tmp_path / "outside.yml")
    assert [found.code for found in find_sources(project, [], cwd=tmp_path / "p").diagnostics] == ["link-leads-out"]


def test_globs_that_match_nothing_at_all_are_one_error(tmp_path: Path) -> None:
    found = find_sources(_project(tmp_path, 'manifests: ["a.yaml", "b/*.yaml"]\n'), [], cwd=tmp_path)
    assert _problem(found) == [("no-manifests", "trueup.yaml:3:1")]
    assert found.diagnostics[0].severity is Severity.ERROR


@pytest.mark.parametrize(("glob", "right"), [("m", "m/**/*.yaml"), ("m/", "m/**/*.yaml"), (".", "**/*.yaml")])
@pytest.mark.parametrize("alone", [True, False])
def test_a_glob_that_only_names_a_folder_says_what_to_write(
    tmp_path: Path, glob: str, right: str, *, alone: bool
) -> None:
    _write(tmp_path, "m/a.yaml")
    others = [] if alone else ["m/a.yaml"]
    (found,) = find_sources(_project(tmp_path, f"manifests: {[glob, *others]}\n"), [], cwd=tmp_path).diagnostics
    assert found.code == ("no-manifests" if alone else "glob-without-match")
    assert found.hint == f"{glob} is a folder. For the files below it, write {right}."
    assert _names(find_sources(_project(tmp_path, f"manifests: {[right]}\n"), [], cwd=tmp_path)) == ["m/a.yaml"]


def test_a_glob_with_a_null_character_names_nothing(tmp_path: Path) -> None:
    found = find_sources(_project(tmp_path, 'manifests: ["m\\0"]\n'), [], cwd=tmp_path)
    assert _problem(found) == [("no-manifests", "trueup.yaml:3:1")]


def test_an_empty_project_is_an_error(tmp_path: Path) -> None:
    assert _problem(find_sources(_project(tmp_path), [], cwd=tmp_path)) == [("no-manifests", "trueup.yaml:1:1")]


def test_neither_paths_nor_a_project_is_wrong_usage(tmp_path: Path) -> None:
    project = Project(root=tmp_path, file=None, manifests=(), targets={}, seed=None)
    with pytest.raises(UsageError, match=r"no PATH was given"):
        find_sources(project, [], cwd=tmp_path)


@pytest.mark.parametrize("paths", [[], ["."]])
def test_a_symlink_to_a_file_is_read_and_a_dangling_one_is_kept(tmp_path: Path, paths: list[str]) -> None:
    _write(tmp_path, "x/a.txt")
    (tmp_path / "good.yaml").symlink_to("x/a.txt")
    (tmp_path / "broken.yaml").symlink_to("nowhere")
    (tmp_path / "folder.yaml").symlink_to("x")
    found = find_sources(_project(tmp_path), paths, cwd=tmp_path)
    assert [source.name for source in found.sources] == ["broken.yaml", "good.yaml"]
    assert [source.path for source in found.sources] == [str(tmp_path / "nowhere"), str(tmp_path / "x" / "a.txt")]


def _house(tmp_path: Path) -> Path:
    """Create a project and another folder, with symlinks between them."""
    _write(tmp_path, "other/m.yaml", "house/m/a.yaml")
    root = tmp_path / "house"
    (root / "out.yaml").symlink_to("../other/m.yaml")
    (root / "m" / "out").symlink_to(tmp_path / "other")
    (tmp_path / "other" / "in.yaml").symlink_to("../house/m/a.yaml")
    return root


@pytest.mark.parametrize("paths", [[], ["."]])
def test_a_symlink_that_leads_out_is_not_read_and_is_an_error(tmp_path: Path, paths: list[str]) -> None:
    root = _house(tmp_path)
    found = find_sources(_project(root), paths, cwd=root)
    assert [source.name for source in found.sources] == ["m/a.yaml"]
    assert _problem(found) == [("link-leads-out", "m/out:1:1"), ("link-leads-out", "out.yaml:1:1")]
    assert all(problem.severity is Severity.ERROR and not problem.quotable for problem in found.diagnostics)


@pytest.mark.parametrize("path", ["out.yaml", "m/out", "m/out/m.yaml", "m/out/none.yaml", "./m/../out.yaml"])
def test_a_symlink_on_the_command_line_that_leads_out_is_not_read(tmp_path: Path, path: str) -> None:
    root = _house(tmp_path)
    found = find_sources(_project(root), [path, str(root / path)], cwd=root)
    assert not found.sources
    assert {problem.code for problem in found.diagnostics} == {"link-leads-out"}


def test_a_path_outside_the_project_may_be_given(tmp_path: Path) -> None:
    root = _house(tmp_path)
    found = find_sources(_project(root), ["../other/m.yaml", "../other"], cwd=root)
    assert [source.name for source in found.sources] == ["../other/m.yaml"]
    assert _problem(found) == [("link-leads-out", "../other/in.yaml:1:1")]


def test_symlinks_may_lead_anywhere_in_the_repository(tmp_path: Path) -> None:
    new_repository(tmp_path)
    root = _house(tmp_path)
    (root / "git.yaml").symlink_to("../.git/config")
    found = find_sources(_project(root), [], cwd=root)
    assert [source.name for source in found.sources] == ["m/a.yaml", "m/out/m.yaml"]
    assert _problem(found) == [("link-leads-out", "git.yaml:1:1")]


def test_a_symlink_that_leads_out_of_another_repository_is_not_read(tmp_path: Path) -> None:
    _house(tmp_path)
    new_repository(tmp_path / "house")
    project = Project(root=tmp_path / "elsewhere", file=None, manifests=(), targets={}, seed=None)
    for cwd in (tmp_path, Path("/")):
        found = find_sources(replace(project, root=cwd), [str(tmp_path / "house" / "out.yaml")], cwd=cwd)
        assert [problem.code for problem in found.diagnostics] == ["link-leads-out"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("paths", [[], ["."]])
def test_an_unreadable_folder_is_an_error(tmp_path: Path, paths: list[str]) -> None:
    _write(tmp_path, "a.yaml", "x/b.yaml")
    (tmp_path / "x").chmod(0)
    found = find_sources(_project(tmp_path), paths, cwd=tmp_path)
    (tmp_path / "x").chmod(0o700)
    assert _problem(found) == [("unreadable-file", "x:1:1")]


@pytest.mark.parametrize("paths", [[], ["."]])
def test_a_pipe_in_a_folder_does_not_block(tmp_path: Path, paths: list[str]) -> None:
    _write(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / "b.yaml")
    assert _names(find_sources(_project(tmp_path), paths, cwd=tmp_path)) == ["a.yaml"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    _write(tmp_path, "m/a.yaml")
    (tmp_path / "m" / "again").symlink_to(".")
    assert _names(find_sources(_project(tmp_path), ["m"], cwd=tmp_path)) == ["m/a.yaml"]
