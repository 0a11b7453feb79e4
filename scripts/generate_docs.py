"""Write the generated parts of the documentation, or with ``--check`` fail when they are not up to date.

A page holds blocks of the form ``<!-- generated: NAME ARGUMENT -->`` to ``<!-- end generated -->``. Their content is
made from its source: the schemas, the command line, the list of codes, the sandbox's switches, a real run, the layout
of the code, a terminal. Everything outside the blocks is written by hand.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click
import yaml

from trueup.cli.exit_codes import Exit
from trueup.cli.main import trueup
from trueup.model.codes import CODES, Group, codes_named
from trueup.report.codes import codes_table
from trueup.sandbox.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r"(?P<begin>^<!-- generated: (?P<name>[a-z-]+)(?: (?P<argument>\S+))? -->\n)"
    r"(?P<body>.*?)(?P<end>^<!-- end generated -->)",
    re.MULTILINE | re.DOTALL,
)


def pages() -> list[Path]:
    """Return every page that may contain generated blocks, in a stable order."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def cell(text: object) -> str:
    """Return text escaped for a table cell, on one line."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return text in backticks for a table cell; empty for no text."""
    return f"`{cell(text)}`" if str(text) else ""


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; the cells must be escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# --- the command line


def commands(_argument: str) -> str:
    """Describe every command with its arguments, options and examples."""
    # With the settings of the real command, as click keeps the first help option that it creates.
    context = click.Context(trueup, info_name="trueup", **trueup.context_settings)
    found = [(name, trueup.get_command(context, name)) for name in trueup.list_commands(context)]
    described = (describe_all(name, command, context) for name, command in found if command is not None)
    return "\n".join(part for parts in described for part in parts)


def describe_all(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    """Describe a command, then its subcommands."""
    yield describe_command(name, command, parent)
    if isinstance(command, click.Group):
        for below, inner in command.commands.items():
            yield from describe_all(f"{name} {below}", inner, parent)


def describe_command(name: str, command: click.Command, parent: click.Context) -> str:
    """Describe one command."""
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(["trueup", name, *command.collect_usage_pieces(context)])
    examples = (command.epilog or "").replace("\b\n", "")
    parts = [
        f"## trueup {name}\n\n```\n{usage}\n```\n\n{paragraphs(command.help)}\n\n",
        table(("option", "default", "meaning"), list(describe_options(command, context))),
    ]
    if examples:
        parts.append(f"\n```\n{examples.strip()}\n```\n")
    return "".join(parts)


def paragraphs(text: str | None) -> str:
    """Return a help text with each paragraph on one line."""
    return "\n\n".join(" ".join(block.split()) for block in (text or "").strip().split("\n\n"))


def describe_options(command: click.Command, context: click.Context) -> Iterator[tuple[str, ...]]:
    """Describe each option of a command in a row."""
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and not parameter.hidden:
            # Sorted by length, as some versions of click keep the names of --help in a set.
            both = [sorted(names, key=len) for names in (parameter.opts, parameter.secondary_opts)]
            names = " / ".join(", ".join(some) for some in both if some)
            value = "" if parameter.is_flag else f" {parameter.make_metavar(context)}"
            default = "" if parameter.is_flag or not parameter.show_default else parameter.get_default(context)
            yield f"`{cell(names + value)}`", code("" if default is None else default), cell(parameter.help or "")


# --- the schemas

Schema = Mapping[str, Any]
DOUBLE_QUOTE = '"'


def schema_fields(argument: str) -> str:
    """List the fields of a schema, or of one of its definitions as ``connector#spec``, with meaning and example."""
    kind, _, definition = argument.partition("#")
    schema = json.loads((ROOT / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    start = schema["$defs"][definition] if definition else schema
    return table(("field", "value", "meaning", "example"), describe_fields(start, schema, ""))


def resolved(node: Schema, schema: Schema) -> Schema:
    """Return a node with its reference resolved; members beside the reference win."""
    if "$ref" not in node:
        return node
    target = resolved(schema["$defs"][node["$ref"].removeprefix("#/$defs/")], schema)
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def describe_fields(node: Schema, schema: Schema, path: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for every field below a node, parents before children."""
    required = node.get("required", [])
    for name, child in node.get("properties", {}).items():
        found = resolved(child, schema)
        full = f"{path}{name}"
        value = describe_value(found, schema) + (", required" if name in required else "")
        value += f", default {code(json.dumps(found['default']).strip(DOUBLE_QUOTE))}" if "default" in found else ""
        yield code(full), value, cell(found.get("description", "")), describe_example(found)
        yield from describe_fields(found, schema, f"{full}.")
        if "items" in found:
            yield from describe_fields(resolved(found["items"], schema), schema, f"{full}[].")
        if isinstance(found.get("additionalProperties"), dict):
            yield from describe_fields(resolved(found["additionalProperties"], schema), schema, f"{full}.*.")


def describe_value(node: Schema, schema: Schema) -> str:
    """Return in words which values a node accepts."""
    if "const" in node:
        return code(node["const"])
    if "enum" in node:
        return "one of " + ", ".join(
            dict.fromkeys(code(json.dumps(value).strip(DOUBLE_QUOTE)) for value in node["enum"])
        )
    match node.get("type"):
        case "array":
            return "list of " + describe_value(resolved(node["items"], schema), schema)
        case "object" if isinstance(node.get("additionalProperties"), dict):
            return "mapping of names to " + describe_value(resolved(node["additionalProperties"], schema), schema)
        case "object":
            return "object"
        case "string":
            longest = f", up to {node['maxLength']} characters" if "maxLength" in node else ""
            return f"text{longest}"
        case "integer":
            return "whole number" + (f", from {node['minimum']}" if "minimum" in node else "")
        case "boolean":
            return "`true` or `false`"
        case ["number", "string"]:
            return "decimal: a number or text"
        case other:
            raise KeyError(f"no words for a value of type {other!r}")


def describe_example(node: Schema) -> str:
    """Return the first example of a node without fields, as it is written in YAML."""
    if "object" in (node.get("type"), node.get("items", {}).get("type")) or not node.get("examples"):
        return ""
    example = node["examples"][0]
    return code(example if isinstance(example, str) else json.dumps(example, ensure_ascii=False))


# --- the list of codes


def codes(argument: str) -> str:
    """List the codes of a group with their texts; those with a level are sorted by name."""
    found = [code for code in CODES if code.group is Group[argument.upper()]]
    return codes_table(sorted(found, key=lambda code: code.name if code.level else ""))


# --- the sandbox's switches


def switches(argument: str) -> str:
    """List the switches of one section of ``switches.toml`` with their meaning, default and other values.

    Raises KeyError for a switch that no section explains or that does not exist.
    """
    sections = tomllib.loads((ROOT / "scripts" / "switches.toml").read_text(encoding="utf-8"))
    known = {switch.name: switch for switch in fields(Settings)}
    explained = [name for section in sections.values() for name in section]
    if sorted(explained) != sorted(known):
        raise KeyError(f"switches.toml and the sandbox differ: {sorted(set(explained) ^ set(known))}")
    hints = get_type_hints(Settings)
    rows = []
    for name, meaning in sections[argument].items():
        default = default_of(known[name])
        shown = json.dumps(list(default) if isinstance(default, tuple) else default)
        rows.append((code(name), cell(meaning), code(shown), describe_hint(hints[name], default)))
    return table(("switch", "decides", "default", "other values"), rows)


def default_of(switch: Field[Any]) -> object:
    """Return the default of a dataclass field."""
    return switch.default if switch.default_factory is MISSING else switch.default_factory()


def describe_hint(hint: Any, default: object) -> str:
    """Return in words which values a switch accepts, except its default."""
    if get_origin(hint) is Literal:
        return ", ".join(code(json.dumps(choice)) for choice in get_args(hint) if choice != default)
    if hint is bool:
        return code(json.dumps(not default))
    if hint is int:
        return "a whole number, 0 or more"
    if hint is float:
        return "seconds"
    if hint is str:
        return "any text"
    return "a list of texts" if get_origin(hint) is tuple else "a mapping"


# --- a real run


def printed(*words: str | Path, cwd: Path = ROOT) -> str:
    """Return what a program of ours prints, for 80 columns; raise RuntimeError with its messages when it is nothing."""
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TRUEUP_TODAY": "2026-06-30"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not run.stdout.strip():
        raise RuntimeError(f"{' '.join(map(str, words))} printed nothing: {run.stderr}")
    return run.stdout


def quickstart(argument: str) -> str:
    """Return the output of a command in a new copy of the quickstart; its words are joined by colons."""
    words = argument.split(":")
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "quickstart"
        shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns(".trueup"))
        shown = printed("-m", "trueup", *words, "--quiet", cwd=folder)
    return f"```console\n$ trueup {' '.join(words)}\n{shown.rstrip()}\n```\n"


def newcomer(way: str) -> str:
    """Return what a terminal shows of a way of the tutorial, ``start`` or ``release``; needs tmux."""
    return f"```console\n{printed(ROOT / 'scripts' / 'newcomer.py', way).rstrip()}\n```\n"


# --- the files that people copy


def example(file: str) -> str:
    """Return a file of the examples in a fence."""
    language = Path(file.removesuffix(".example")).suffix.removeprefix(".")
    text = (ROOT / "examples" / file).read_text(encoding="utf-8")
    return f"```{language}\n{text}```\n"


def started(words: str) -> str:
    """Return the project file that ``trueup init`` writes; its options are joined by colons."""
    with TemporaryDirectory() as folder:
        printed("-m", "trueup", "init", "--yes", *words.split(":"), cwd=Path(folder))
        return f"```yaml\n{(Path(folder) / 'trueup.yaml').read_text(encoding='utf-8')}```\n"


# --- the GitHub Action


def action(part: str) -> str:
    """List the ``inputs`` or ``outputs`` of the GitHub Action with their meaning."""
    named = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))[part]
    if part == "outputs":
        return table(("output", "means"), [(code(name), cell(of["description"])) for name, of in named.items()])
    rows = [
        (code(name), code(of["default"].replace("${{ github.token }}", "the job's token")), of)
        for name, of in named.items()
    ]
    return table(
        ("input", "default", "meaning"), [(name, default, cell(of["description"])) for name, default, of in rows]
    )


# --- the exit statuses


def exits(part: str) -> str:
    """List every exit status with its meaning, and for ``all`` with what to do."""
    found = [codes_named(str(int(status)))[0] for status in Exit]
    rows = [(entry.name, cell(entry.meaning), cell(entry.fix)) for entry in found]
    if part == "all":
        return table(("status", "means", "what to do"), rows)
    return table(("status", "means"), [row[:2] for row in rows])


# --- the layout of the code

WANTED: Mapping[str, str] = {
    "files": "about 180",
    "lines": "under 26,000",
    "lines of the median file": "110 to 150",
    "lines of the longest file": "at most 400",
    "files under 60 lines": "as few as topics allow",
    "modules with one importer": "under 25",
    "public names with several meanings": "0",
    "comments per 100 lines": "3",
    "modules that a plan of one connector enters": "about 25, counted by hand",
    "modules that an apply of one connector enters": "at most 21, counted by hand",
    "packages with a logger": "each that decides something",
}
"""What the layout is to become, by the names of the figures that ``house.py`` prints."""


def house(_argument: str) -> str:
    """Show the figures of ``house.py`` beside the wanted ones; raise KeyError for a figure without a wanted one."""
    figures = [line.rsplit(maxsplit=1) for line in printed(ROOT / "scripts" / "house.py").splitlines()]
    return table(("figure", "now", "wanted"), [(cell(name), figure, WANTED[name]) for name, figure in figures])


GENERATORS: Mapping[str, Callable[[str], str]] = {
    "commands": commands,
    "fields": schema_fields,
    "codes": codes,
    "switches": switches,
    "quickstart": quickstart,
    "newcomer": newcomer,
    "example": example,
    "started": started,
    "action": action,
    "exits": exits,
    "house": house,
}

UNCHECKED = frozenset({"house", "newcomer"})
"""Blocks that ``--check`` leaves out: one changes with almost every commit, and one has a slow test of its own."""


def generate(text: str, *, check: bool = False) -> str:
    """Return a page with every generated block made anew; raise KeyError for a block that nothing makes.

    With ``check``, the blocks of :data:`UNCHECKED` stay as they are.
    """

    def replace(block: re.Match[str]) -> str:
        if check and block["name"] in UNCHECKED:
            return block[0]
        if block["name"] == "newcomer" and shutil.which("tmux") is None:
            sys.stderr.write("NOT MADE: a transcript of the tutorial, as tmux is missing\n")
            return block[0]
        body = GENERATORS[block["name"]](block["argument"] or "")
        return f"{block['begin']}\n{body.strip()}\n\n{block['end']}"

    return BLOCK.sub(replace, text)


def main(arguments: list[str]) -> int:
    """Write all pages, or with ``--check`` name those that differ and return 1."""
    check = arguments == ["--check"]
    if arguments and not check:
        sys.stderr.write("usage: generate_docs.py [--check]\n")
        return 1
    status = 0
    for page, expected in expected_texts(check=check):
        if page.is_file() and page.read_text(encoding="utf-8") == expected:
            continue
        if check:
            sys.stderr.write(f"{page.relative_to(ROOT)} is not up to date: run python scripts/generate_docs.py\n")
            status = 1
        else:
            page.write_text(expected, encoding="utf-8")
    return status


def expected_texts(*, check: bool = False) -> Iterator[tuple[Path, str]]:
    """Yield every page with the text that it should have; ``check`` as in :func:`generate`."""
    for page in pages():
        yield page, generate(page.read_text(encoding="utf-8"), check=check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
