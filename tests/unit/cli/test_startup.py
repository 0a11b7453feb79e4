import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from trueup.cli.main import COMMANDS, Commands, run

HEAVY = {
    "anyio",
    "asyncio",
    "httpcore",
    "httpx",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "sqlite3",
    "starlette",
    "uvicorn",
    "yaml",
}


def modules_after(*arguments: str, columns: int = 80, cwd: Path | None = None) -> tuple[str, set[str]]:
    """Run the command line in a fresh interpreter; return its output and the top-level modules it has imported."""
    program = (
        "import sys; from trueup.__main__ import main\n"
        f"sys.argv = ['trueup', *{list(arguments)!r}]\n"
        "status = main()\n"
        "loaded = {name.partition('.')[0] for name, module in sys.modules.items() if module}\n"
        "print('MODULES', status, *sorted(loaded))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env={**os.environ, "COLUMNS": str(columns)},
    )
    output, _, tail = done.stdout.rpartition("MODULES ")
    status, *modules = tail.split()
    assert status == "0", done.stderr
    return output, set(modules)


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["plan", "--help"], ["apply", "--help"], ["-h"], []])
def test_looking_at_help_and_version_imports_nothing_heavy(arguments: list[str]) -> None:
    output, modules = modules_after(*arguments)
    assert output
    assert modules & HEAVY == set()


@pytest.mark.process
def test_version_does_not_even_import_the_command_line_library() -> None:
    output, modules = modules_after("--version")
    assert output.startswith("trueup 0.")
    assert modules & {"click", "typing", "dataclasses"} == set()


@pytest.mark.process
def test_the_help_page_of_all_commands_imports_none_of_them() -> None:
    output, modules = modules_after("--help")
    assert output.startswith("Usage: ")
    assert modules & {"pathlib", "tempfile"} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_begins_with_its_line_on_the_help_page(name: str) -> None:
    command = Commands().get_command(click.Context(click.Command("trueup")), name)
    assert command is not None
    assert command.get_short_help_str(limit=100) == COMMANDS[name][1]


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 1000])
def test_the_help_page_has_each_command_in_its_group_in_lines_that_fit(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    group, found = "", {}
    for line in shown.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            group = line.removesuffix(":")
        elif line.startswith("  ") and line.split()[0] in COMMANDS:
            found[line.split()[0]] = (group, line.split(maxsplit=1)[1])
    assert {name: group for name, (group, _) in found.items()} == {n: group for n, (group, _) in COMMANDS.items()}
    assert max(map(len, shown.splitlines())) <= min(max(columns, 50), 100)
    if columns >= 80:
        assert {name: line for name, (_, line) in found.items()} == {name: line for name, (_, line) in COMMANDS.items()}


def test_the_help_page_fits_a_screen_and_names_the_first_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) <= 30
    assert "trueup init" in shown[-1]


def test_without_arguments_the_first_help_page_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: trueup")


@pytest.mark.process
def test_the_check_for_heavy_modules_would_find_one() -> None:
    _, modules = modules_after("schema", "connector")
    assert "click" in modules


@pytest.mark.process
def test_validating_valid_files_imports_only_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "trueup.yaml").write_text("apiVersion: trueup/v1\nkind: Project\ntargets: {}\n")
    (tmp_path / "a.yaml").write_text("apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec: {name: A}\n")
    output, modules = modules_after("validate", "a.yaml", cwd=tmp_path)
    assert output.startswith("1 of 1 manifest")
    assert modules & (HEAVY | {"difflib", "shutil", "tempfile"}) == {"jsonschema_rs", "yaml"}


@pytest.mark.process
def test_a_plan_of_live_state_does_not_import_what_draws_progress(tmp_path: Path) -> None:
    # httpx would import rich for its own command line.
    (tmp_path / "trueup.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Project\nmanifests: [a.yaml]\n"
        "targets:\n  connect: {platform: connect, sandbox: true}\n"
    )
    (tmp_path / "a.yaml").write_text(
        "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nlifecycle: {state: absent, reason: Sold}\n"
    )
    _, modules = modules_after("plan", "a.yaml", cwd=tmp_path)
    assert "httpx" in modules
    assert "rich" not in modules
