"""What the hint of every bad input says is done, and the result is valid.

Most hints are followed by :mod:`hints`. For one in words, the case has a list ``follow`` with the ``hint`` and ways to
follow it: ``edits`` (old and new text by file), ``files``, ``removed`` files, or the ``encoding`` to read the file in.
"""

import ast
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

import trueup
from acceptance.test_bad_inputs import CASES, FOLDER, Case, case
from hints import follow
from trueup.model.codes import CODES

__all__ = ["case"]

NAMES: Final = {code.name for code in CODES}

_CREDENTIALS: Final = "a platform would be contacted; tests/unit/platforms follows it"
_COMMITS: Final = "it is about another commit; tests/unit/history has it"
_TABLES: Final = "it is about a cell or a column of a table, which another program edits"
UNFOLLOWED: Final[Mapping[str, str]] = {
    "ambiguous-credential": _CREDENTIALS,
    "cell-date": _TABLES,
    "cell-number": _TABLES,
    "column-map": _TABLES,
    "column-not-found": _TABLES,
    "file-not-found": "it says from where the path is read",
    "file-too-large": "a manifest of 16 MiB takes long to read",
    "foreign-host": _CREDENTIALS,
    "foreign-variable": _CREDENTIALS,
    "missing-credential": _CREDENTIALS,
    "more-problems": "it says to follow the hints of the others",
    "record-not-here": _COMMITS,
    "spreadsheet-file": _TABLES,
    "target-defined-anew": _CREDENTIALS,
    "unknown-column-field": _TABLES,
    "unreadable-file": "it says to change permissions, which the superuser of a container does not need",
    "unusable-credential": _CREDENTIALS,
}
"""Codes with hints that are not followed here, with the reason."""

BINARY: Final = "bytes-binary"
"""A zip archive: removing its forbidden characters makes no manifest of it."""


def document(case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the case and return its document."""
    case.run(monkeypatch, "--format", "json")
    return json.loads(capsys.readouterr().out)


def codes_with_hints() -> set[str]:
    """Return the codes of all calls in the sources that give a diagnostic a hint."""
    found: set[str] = set()
    for file in Path(trueup.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                code = given.get("code") or next(iter(node.args), None)
                hinted = "hint" in given or any(isinstance(each, ast.Name) and each.id == "hint" for each in node.args)
                if code is not None and hinted:
                    found |= {str(each.value) for each in ast.walk(code) if isinstance(each, ast.Constant)} & NAMES
    return found


def test_each_code_with_a_hint_has_a_case_or_a_reason() -> None:
    followed = {tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")).get("code") for name in CASES}
    hinted = codes_with_hints()
    assert len(hinted) > 25
    assert hinted - followed - UNFOLLOWED.keys() == set()
    assert UNFOLLOWED.keys() <= NAMES


def has_hint(said: Mapping[str, Any]) -> bool:
    return bool(said["hint"]) or "(write " in said["message"]


def test_what_a_hint_says_makes_the_input_valid(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if (
        "code" not in case.expect
        or case.expect["args"][0] == "sandbox"
        or case.expect["code"] in UNFOLLOWED
        or case.name == BINARY
    ):
        pytest.skip("there is no hint to follow")
    (said,) = document(case, monkeypatch, capsys)["diagnostics"]
    ways = case.expect.get("follow", [{}] if has_hint(said) else [])
    assert all(said["hint"].startswith(way.get("hint", "")) for way in ways)
    files = {name: name.read_bytes() for name in Path().rglob("*") if name.is_file()}
    stdin = case.expect.get("stdin", "")
    for way in ways:
        for name, data in files.items():
            name.write_bytes(data)
        if way:
            case.expect["stdin"] = carried_out(way, stdin)
        else:
            case.expect["stdin"] = by_rule(said, stdin)
        left = document(case, monkeypatch, capsys)
        assert (left["exitStatus"], left["diagnostics"], left["error"]) == (0, [], None), way


def by_rule(said: Mapping[str, Any], stdin: str) -> str:
    """Follow a hint by its wording; return what standard input then is."""
    file = Path(said["position"]["file"])
    old = stdin or file.read_bytes().decode()
    text = follow(old, said)
    assert text is not None, f"{said['code']}: {said['hint']}"
    assert text != old
    if stdin:
        return text
    file.write_bytes(text.encode())
    return ""


def carried_out(way: Mapping[str, Any], stdin: str) -> str:
    """Follow a hint as the case says; return what standard input then is."""
    for name in way.get("removed", ()):
        Path(name).unlink()
    for name, text in way.get("files", {}).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    if "encoding" in way:
        Path("a.yaml").write_text(Path("a.yaml").read_bytes().decode(way["encoding"]))
    for name, (old, new) in way.get("edits", {}).items():
        text = stdin if name == "<stdin>" else Path(name).read_bytes().decode()
        assert old in text
        if name == "<stdin>":
            stdin = text.replace(old, new, 1)
        else:
            Path(name).write_bytes(text.replace(old, new, 1).encode())
    return stdin
