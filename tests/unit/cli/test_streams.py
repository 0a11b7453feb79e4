"""Everything that is written, by trueup or by a library, passes one escaping function."""

import ast
import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from traceback import print_exception
from typing import Any, cast

import click
import pytest

import trueup
from trueup.cli.streams import bare, guarded
from trueup.report.harmless import harmless
from trueup.report.layout import STYLES, painted
from trueup.report.tree import Role

SOURCE = Path(trueup.__file__).parent

BARE = {
    "cli/commands/export.py": "a table for a spreadsheet; on a runner, a file is demanded instead",
    "cli/commands/github.py": "the log of the action, in which commands are meant",
    "cli/output.py": "--format github prints commands",
    "cli/progress.py": "a moving line on a terminal",
    "cli/watch.py": "a table on a terminal, whose texts are escaped before",
    "cli/streams.py": "the guard itself",
}
"""Files that may reach the stream below the guard, and why."""

UNGUARDED = {"__stdout__", "__stderr__", "buffer"}
"""Names that lead past the guard."""

READ_ONLY = {"sys.stdin.buffer", "sys.__stdout__"}
"""Of these one is read from, and the other only asked for the width of its terminal."""

WRITERS = {"print", "echo", "secho", "StreamHandler", "basicConfig", "faulthandler"}
"""Functions that write by themselves, or to a stream that was taken before the guard."""


def bypasses(tree: ast.AST) -> Iterator[str]:  # noqa: C901 - one case a way past the guard
    """Yield each place in which a module writes, or could write, past the guard."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) if name in UNGUARDED and ast.unparse(node) not in READ_ONLY:
                yield f"{node.lineno}: {name}"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in WRITERS:
                yield f"{node.lineno}: {name}()"
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="__stdout__"), attr="write")):
                yield f"{node.lineno}: sys.__stdout__.write()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="write"), args=[ast.Constant(), *_]):
                yield f"{node.lineno}: os.write()"
            case ast.Call(func=ast.Name(id="Console"), keywords=keywords):
                if not any(ast.unparse(word.value).startswith("bare(") for word in keywords if word.arg == "file"):
                    yield f"{node.lineno}: Console() without a file"
            case ast.ImportFrom(module="sys", names=names) if {n.name for n in names} & {"stdout", "stderr"}:
                yield f"{node.lineno}: a stream taken at import"
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
                if any(re.search(r"sys\.std(out|err)", ast.unparse(default)) for default in defaults):
                    yield f"{node.lineno}: a stream as a default"


def streams_at_import(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and re.search(r"sys\.std(out|err)", ast.unparse(node)):
            yield f"{node.lineno}: a stream taken at import"


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_module_writes_past_the_guard(file: Path) -> None:
    name, tree = str(file.relative_to(SOURCE)), ast.parse(file.read_text())
    assert [*bypasses(tree), *streams_at_import(tree)] == []
    uses_bare = "trueup.cli.streams import bare" in ast.unparse(tree) or name == "cli/streams.py"
    assert not uses_bare or name in BARE


@pytest.mark.parametrize(
    "source",
    [
        "print('x')",
        "click.echo('x')",
        "sys.__stderr__.write('x')",
        "sys.__stdout__.write('x')",
        "sys.stdout.buffer.write(b'x')",
        "os.write(2, b'x')",
        "Console(stderr=True)",
        "from sys import stderr",
        "def f(stream=sys.stderr): pass",
        "OUT = sys.stdout",
        "logging.StreamHandler(sys.stdout)",
    ],
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    tree = ast.parse(source)
    assert [*bypasses(tree), *streams_at_import(tree)]


def test_our_own_colours_are_kept_and_every_other_sequence_is_spelled_out() -> None:
    for role in Role:
        assert harmless(painted("x", role, color=True), runner=False) == painted("x", role, color=True), STYLES[role]
    assert harmless("\x1b[8mx\x1b[2J\x1b]0;t\x07\r\u202e\x9b", runner=False) == (
        r"\x1b[8mx\x1b[2J\x1b]0;t\x07\r\u202e\x9b"
    )


def test_lines_stay_lines_and_letters_stay_letters() -> None:
    assert harmless("Größe 你好\n\té\n", runner=True) == "Größe 你好\n\té\n"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("::set-output name=a::b\n", "\\u003a:set-output name=a::b\n"),
        ("a\n \t ::error::x", "a\n \t \\u003a:error::x"),
        (":::", "\\u003a::"),
        ("\n\n::x::", "\n\n\\u003a:x::"),
        ("text ::error::x", "text ::error::x"),
        ("text ##[set-output name=a]b", "text \\u0023#[set-output name=a]b"),
        ("###[group]", "#\\u0023#[group]"),
        ("::a::##[b]", "\\u003a:a::\\u0023#[b]"),
        ("\r::a::", "\\r::a::"),
        ("\u00a0::a::", "\\xa0::a::"),
        ("\u2028::a::", "\\u2028::a::"),
    ],
)
def test_no_line_is_a_workflow_command(text: str, safe: str) -> None:
    assert harmless(text, runner=True) == safe
    assert harmless(safe, runner=True) == safe


def test_a_guarded_document_has_the_same_meaning() -> None:
    import json  # noqa: PLC0415 - for this test alone

    text = json.dumps({"a": "##[error]x", "b": "\n::error::x"}, indent=2)
    assert json.loads(harmless(text, runner=True)) == json.loads(text)


def test_output_of_libraries_is_guarded_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded({"GITHUB_ACTIONS": "true"}):
        logging.lastResort.handle(logging.makeLogRecord({"msg": "\x1b[2J\n::error::x"}))  # type: ignore[union-attr]
        print_exception(ValueError("\x1b[2J\n::error::x"))
        sys.stderr.writelines(["::error::x\n", "\x1b[2J"])
        sys.stdout.write("::error::x\x1b[2J\n")
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert not re.search(r"(?m)^\s*::", out + err)
    assert err.count(r"\x1b[2J") == 3


def test_text_that_a_library_writes_as_bytes_is_guarded_too(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded({}):
        click.echo(b"complete -F trueup \x1b[2J", nl=False)
    assert capsys.readouterr().out == r"complete -F trueup \x1b[2J"


def test_the_streams_are_restored_after_the_run_and_are_guarded_once() -> None:
    before = sys.stdout, sys.stderr
    with guarded(), guarded():
        assert (bare(sys.stdout).fileno(), bare(sys.stderr)) == (before[0].fileno(), before[1])
    assert (sys.stdout, sys.stderr) == before


def test_a_stream_without_a_buffer_gets_one_and_stays_open(tmp_path: Path) -> None:
    file = tmp_path / "out"
    with (
        io.TextIOWrapper(cast("Any", file.open("wb", buffering=0)), write_through=True) as plain,
        redirect_stdout(plain),
    ):
        with guarded({}):
            assert isinstance(cast("Any", bare(sys.stdout)).buffer, io.BufferedIOBase)
            sys.stdout.write("x\n")
            sys.stdout.flush()
        plain.write("y\n")
    assert file.read_text() == "x\ny\n"
