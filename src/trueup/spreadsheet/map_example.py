"""Write a first column map from the headers of a spreadsheet."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from trueup.edit.yaml_style import scalar
from trueup.kinds.base import KindSpec
from trueup.manifest.schema import MAP_KIND, schema
from trueup.manifest.settable import titles
from trueup.model.lookalikes import escaped, is_invisible
from trueup.spreadsheet.cells import Table
from trueup.spreadsheet.fields import fields_of

_HEAD: Final = """\
# yaml-language-server: $schema={id}
# The fields were chosen by the headers of {file}. Check each of them.
apiVersion: trueup/v1
kind: {map}
manifests: {kind}
columns:
"""
_OPTIONS: Final = """
# A column can also be a mapping:
#   Issued: {field: spec.issueDate, dates: day-first}      # 03/04/2025 is 3 April
#   Number: {field: spec.certificateNumber, exact: true}   # the cells are right, whatever they look like
"""
"""The fields in it are examples; the list below them has those of the kind."""


def map_example(table: Table, spec: KindSpec, sheet: str = "") -> str:
    """Return the text of a map in which each header has the field that its name means, or is commented out."""
    guessed = _guesses(table, spec)
    lines = [_HEAD.format(id=schema(MAP_KIND)["$id"], file=json.dumps(table.file), kind=spec.kind, map=MAP_KIND)]
    if sheet:
        lines[0] = lines[0].replace("columns:\n", f"sheet: {_key(sheet)}\ncolumns:\n")
    known = {header: path for header, path in guessed.items() if path}
    lines += [f"  {_key(header)}: {path}\n" for header, path in known.items()]
    lines += [f"  # {_key(header)}:\n" for header, path in guessed.items() if not path]
    lines += [_OPTIONS, "\n# Fields that a column can have, also metadata.labels.NAME:\n"]
    lines += [f"#   {path}\n" for path in fields_of(spec)]
    return "".join(lines)


def _key(header: str) -> str:
    """Return a header as a key. What standard output escapes is in double quotes, in which YAML has these escapes."""
    if "::" in header or "##[" in header or any(map(is_invisible, header)):
        return "".join(escaped(char) if is_invisible(char) else char for char in scalar(header, style='"'))
    return scalar(header)


def _guesses(table: Table, spec: KindSpec) -> Mapping[str, str]:
    """Return the headers with the path that each means, empty for none; a path is given to one header only."""
    names: dict[str, set[str]] = {}
    for path in fields_of(spec):
        for name in _names(spec, path):
            names.setdefault(name, set()).add(path)
    # Names that the kind lists win over names that other fields have as well.
    names |= {_plain(name): {path} for path, listed in (spec.headers or {}).items() for name in listed}
    guessed: dict[str, str] = {}
    for header in table.headers.values():
        label = header.startswith("metadata.labels.")
        meant = {header} if label or header in fields_of(spec) else names.get(_plain(header), set())
        guessed[header] = meant.pop() if len(meant) == 1 and not meant & set(guessed.values()) else ""
    return guessed


def _names(spec: KindSpec, path: str) -> Iterator[str]:
    """Yield the names of a field in plain letters: its path and its ends, and its titles."""
    steps = path.split(".")
    yield from ("".join(map(_plain, steps[start:])) for start in range(len(steps)))
    for title in titles(spec.kind, path):
        yield _plain(title)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()
