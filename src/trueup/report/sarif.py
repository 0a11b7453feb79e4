"""Renderer for diagnostics as SARIF 2.1.0, for code scanning; only those with a file of the project are included."""

import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from trueup import __version__
from trueup.errors import Diagnostic
from trueup.model.codes import codes_named
from trueup.plan.codec import JsonObject
from trueup.report.diagnostics import in_order, texts_of
from trueup.report.json_text import indented
from trueup.report.safe_text import visible

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
HELP: Final = "https://github.com/trueup/trueup/blob/main/docs/reference/diagnostics.md"


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the SARIF log, with a rule for each code in it."""
    ordered = [diagnostic for diagnostic in in_order(diagnostics) if _is_file(diagnostic)]
    codes = sorted({diagnostic.code for diagnostic in ordered})
    rules = [_rule(code) for code in codes]
    driver = {"name": "trueup", "version": __version__, "informationUri": HELP, "rules": rules}
    results = [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in ordered]
    # Columns count characters, not UTF-16 units as in many editors.
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return f"{indented({'$schema': _SCHEMA, 'version': '2.1.0', 'runs': [run]})}\n"


def _is_file(diagnostic: Diagnostic) -> bool:
    path = PurePosixPath(diagnostic.position.file)
    # Code scanning accepts only paths inside the repository; standard input has none.
    return diagnostic.position.file != "-" and not path.is_absolute() and ".." not in path.parts


def _rule(name: str) -> JsonObject:
    """Return the rule of a code; an unknown code, from a document of another version, is its own meaning."""
    known = next(iter(codes_named(name)), None)
    meaning, why, fix = (known.meaning, known.why, known.fix) if known else (name, "", "")
    return {
        "id": visible(name),
        "shortDescription": {"text": visible(meaning)},
        "fullDescription": {"text": visible(f"{meaning} {why}".strip())},
        # Code scanning requires fullDescription and help for each rule.
        "help": {"text": " ".join(filter(None, (visible(meaning), fix, f"See {HELP}.")))},
        "helpUri": HELP,
    }


def _result(diagnostic: Diagnostic, rule: int) -> JsonObject:
    position = diagnostic.position
    # SARIF counts from 1. A diagnostic about a whole file may have line 0.
    region = {"startLine": max(1, position.line), "startColumn": max(1, position.column)}
    # A file name may have lone surrogates, which no URI can contain.
    place = {"artifactLocation": {"uri": quote(position.file, errors="replace")}, "region": region}
    return {
        "ruleId": visible(diagnostic.code),
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": " ".join(texts_of(diagnostic))},
        "locations": [{"physicalLocation": place}],
        # Without the line: an alert must keep its identity when lines are added above it.
        "partialFingerprints": {"trueup/v1": _fingerprint(position.file, diagnostic.path, diagnostic.code)},
    }


def _fingerprint(*parts: str) -> str:
    # Joined with a character that no part can contain, so that no two lists give the same text.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
