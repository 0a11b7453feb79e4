import os
import subprocess
import sys
from pathlib import Path

import pytest

from trueup.cli.first_page import WIDTHS, first_page, page_file
from trueup.cli.main import run

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
        "print('MODULES', status, *sorted({name.partition('.')[0] for name in sys.modules}))\n"
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
@pytest.mark.parametrize(
    ("arguments", "start"),
    [(["--version"], "trueup 0."), (["--help"], "Usage: "), (["-h"], "Usage: "), ([], "Usage: ")],
)
def test_version_and_the_first_help_page_do_not_even_import_the_command_line_library(
    arguments: list[str], start: str
) -> None:
    output, modules = modules_after(*arguments)
    assert output.startswith(start)
    assert modules & {"click", "typing", "dataclasses"} == set()


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_first_help_page_is_what_click_would_lay_out(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(["--help"]) == 0
    assert capsys.readouterr().out == first_page(columns)


@pytest.mark.parametrize(("columns", "width"), [(1000, 100), (100, 100), (99, 80), (80, 80)])
def test_the_widest_page_that_fits_is_shown(columns: int, width: int) -> None:
    page = first_page(columns)
    assert page == Path(page_file(width)).read_text(encoding="ascii")
    assert max(map(len, page.splitlines())) <= width


@pytest.mark.process
def test_on_a_narrow_terminal_click_lays_the_page_out() -> None:
    assert first_page(79) is None
    output, modules = modules_after("--help", columns=60)
    assert "click" in modules
    assert max(map(len, output.splitlines())) <= 60


def test_without_arguments_the_first_help_page_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert capsys.readouterr().out.startswith("Usage: trueup")


@pytest.mark.process
def test_the_check_for_heavy_modules_would_see_one() -> None:
    _, modules = modules_after("schema", "connector")
    assert "click" in modules


@pytest.mark.process
def test_validating_imports_what_it_needs_and_of_known_files_neither_parser_nor_validator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    place = tmp_path / "project"
    place.mkdir()
    (place / "trueup.yaml").write_text("apiVersion: trueup/v1\nkind: Project\ntargets: {}\n")
    (place / "a.yaml").write_text("apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: acme}\nspec: {name: A}\n")
    _, cold = modules_after("validate", "a.yaml", cwd=place)
    assert cold & HEAVY == {"jsonschema_rs"}
    output, warm = modules_after("validate", "a.yaml", cwd=place)
    assert output.startswith("1 of 1 document")
    unneeded = HEAVY | {"difflib", "shutil", "tempfile"}
    if sys.version_info < (3, 13):
        unneeded |= {"glob"}  # later, pathlib needs it
    assert warm & unneeded == set()
