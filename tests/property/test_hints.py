"""Whatever value is wrong in a manifest: what its hint says is valid there."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from documents import certification, changed, connector
from hints import follow
from trueup.errors import Diagnostic
from trueup.manifest.validate import check_text

pytestmark = pytest.mark.slow

DOCUMENTS = {"Connector": connector, "Certification": certification}


def paths(node: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of all members and items below spec and lifecycle."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in members:
        below = f"{path}.{name}" if path else str(name)
        yield below
        yield from paths(value, below)


PLACES = [
    (kind, path)
    for kind, document in DOCUMENTS.items()
    for path in paths(document())
    if path.startswith(("spec.", "lifecycle."))
]
WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            "EPD",
            "yes",
            "off",
            "true",
            "12,5",
            "007",
            "15.09.2008",
            "20240215",
            "Tax",
            "ORIGIN",
            "a: b",
            "x, y",
            "",
            "-",
            "4",
        ),
        *("é", "'", '"', "#", "~", "null", "1.50", "[a]", "{a}", "2024-13-01", " acme ", "europe-west1"),
        *(0, 1, 4711, 20240215, -1, True, False, None, [], {}, [[]], ["tax"], ["a", "b"], [7], [True]),
        *({"name": "A"}, {"code": "EPD"}, {"tax": True}, [{"name": "A"}], [{"code": 7}], {"a": {"b": "c"}}),
    ]
)


def text_of(document: Any) -> str:
    return yaml.dump(plain(document), sort_keys=False, allow_unicode=True, width=1000)


def plain(node: Any) -> Any:
    """Return a document with its decimals as texts, which PyYAML can write."""
    match node:
        case dict():
            return {name: plain(value) for name, value in node.items()}
        case list():
            return [plain(value) for value in node]
        case Decimal():
            return str(node)
        case _:
            return node


def as_json(found: Diagnostic) -> dict[str, Any]:
    place = {"line": found.position.line, "column": found.position.column}
    return {"code": found.code, "message": found.message, "path": found.path, "hint": found.hint, "position": place}


@given(place=st.sampled_from(PLACES), value=WRONG)
def test_the_hint_of_a_wrong_value_makes_it_valid(place: tuple[str, str], value: object) -> None:
    kind, path = place
    text = text_of(changed(DOCUMENTS[kind](), path, value))
    errors = [found for found in check_text(text.encode(), "a").diagnostics if found.severity == "error"]
    for found in errors:
        made = follow(text, as_json(found)) if found.hint else None
        event(f"{found.code}: {'followed' if made else 'no hint'}")
        if made is not None:
            left = [each for each in check_text(made.encode(), "a").diagnostics if each.severity == "error"]
            # Other problems of the document stay; none may be new, and this one is gone.
            before = {(each.code, each.path) for each in errors}
            assert {(each.code, each.path) for each in left} < before, (text, found.hint, made)
