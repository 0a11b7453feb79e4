import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp",
    "asyncio",
    "deepdiff",
    "httpx",
    "httpx_aiohttp",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "sqlite3",
    "starlette",
    "uvicorn",
    "yaml",
}


def modules_after(*arguments: str) -> tuple[str, set[str]]:
    """Run the command line in a fresh interpreter; return its output and the top-level modules it has imported."""
    program = (
        "import sys; from trueup.__main__ import main\n"
        f"sys.argv = ['trueup', *{list(arguments)!r}]\n"
        "status = main()\n"
        "print('MODULES', status, *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    output, _, tail = done.stdout.rpartition("MODULES ")
    status, *modules = tail.split()
    assert status == "0", done.stderr
    return output, set(modules)


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["plan", "--help"], ["apply", "--help"], []])
def test_looking_at_help_and_version_imports_nothing_heavy(arguments: list[str]) -> None:
    output, modules = modules_after(*arguments or ["-h"])
    assert output
    assert modules & HEAVY == set()


@pytest.mark.process
def test_version_does_not_even_import_the_command_line_library() -> None:
    output, modules = modules_after("--version")
    assert output.startswith("trueup 0.")
    assert "click" not in modules


@pytest.mark.process
def test_the_check_for_heavy_modules_would_see_one() -> None:
    _, modules = modules_after("schema", "connector")
    assert "click" in modules
