import re
import shlex
from collections.abc import Iterator

import click
import pytest

from trueup.cli.exit_codes import Exit
from trueup.cli.main import COMMANDS, trueup
from unit.docs.pages import ROOT, Block, blocks

CALL = re.compile(r"(?:^|[|;&(]\s*|\$ |/)trueup (?P<rest>[^|>&;\n#]*)", re.MULTILINE)


def command(name: str) -> click.Command | None:
    return trueup.get_command(click.Context(trueup), name)


def options(name: str, *below: str) -> set[str]:
    found = command(name)
    assert found is not None
    for word in below:
        if isinstance(found, click.Group) and word in found.commands:
            found = found.commands[word]
    given = [option for option in found.params if isinstance(option, click.Option) and not option.hidden]
    return {"--help", "-h"} | {name for option in given for name in (*option.opts, *option.secondary_opts)}


def calls() -> Iterator[tuple[Block, list[str]]]:
    for block in blocks("bash", "console", ""):
        for found in CALL.finditer(block.body.replace("\\\n", " ")):
            yield block, shlex.split(found["rest"])


def test_the_documentation_shows_commands() -> None:
    assert len(list(calls())) > 30


@pytest.mark.parametrize(
    ("block", "words"), list(calls()), ids=lambda value: str(value) if isinstance(value, Block) else ""
)
def test_a_command_line_in_the_documentation_is_one_that_trueup_takes(block: Block, words: list[str]) -> None:
    name = words[0]
    if name in {"--version", "--help"}:
        return
    assert name in {*COMMANDS, "COMMAND"}
    if name == "COMMAND":
        return
    given = {word.partition("=")[0] for word in words[1:] if word.startswith("-") and word != "-"}
    assert given - options(*words) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_the_reference(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    section = page.partition(f"## trueup {name}\n")[2].partition("\n## ")[0]
    assert section
    assert {option for option in options(name) - {"-h"} if option not in section} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(name: str) -> None:
    assert f"`trueup {name}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    found = command(name)
    assert found is not None
    assert found.help
    assert all(option.help for option in found.params if isinstance(option, click.Option))


@pytest.mark.parametrize("page", ["README.md", "docs/reference/exit-statuses.md"])
def test_the_tables_of_exit_statuses_are_complete(page: str) -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == [status.value for status in Exit]
