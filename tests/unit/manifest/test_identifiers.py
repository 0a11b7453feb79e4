import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from documents import DOCUMENTS, certification, changed, connector, deployment
from trueup.errors import Diagnostic, Severity
from trueup.kinds.base import at
from trueup.kinds.registry import KINDS
from trueup.manifest.identifiers import identifier_problems
from trueup.manifest.positions import dotted
from trueup.manifest.schema import accepts
from trueup.model.field import ANY, KeyedField, MembersField, ScalarField, SetField
from trueup.model.identity import Kind
from trueup.model.position import Position

DECOMPOSED = unicodedata.normalize("NFD", "M\u00fcller")


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _unclear(document: dict[str, Any]) -> list[Diagnostic]:
    return identifier_problems(Kind(document["kind"]), document, _PathAsPosition())[0]


def _alike(document: dict[str, Any]) -> list[Diagnostic]:
    found = identifier_problems(Kind(document["kind"]), document, _PathAsPosition())[1]
    assert all(problem.severity is Severity.WARNING and problem.code == "look-alike" for problem in found)
    return found


def _identifiers() -> Iterator[tuple[Kind, str, Any, str]]:
    """Yield every identifier of every kind: the kind, the path to change, and the value to put there for a text X."""
    for spec in KINDS.values():
        kind = spec.kind
        for field in spec.fields:
            path = f"spec.{field.path}"
            match field:
                case KeyedField(key=key, names=""):
                    for part in key:
                        element: Any = "X"
                        for step in reversed(part.split(".")):
                            element = {step: element}
                        yield kind, path, [element], f"{path}[0].{part}"
                case SetField() | MembersField():
                    yield kind, path, ["X"], f"{path}[0]"
                case ScalarField(identifies=True):
                    yield kind, path, "X", path
                case _:
                    pass


def _mappings() -> Iterator[str]:
    """Yield the paths of all mappings of a deployment whose names are keys."""
    for row in KINDS[Kind.DEPLOYMENT].fields:
        steps = row.names.split(".") if isinstance(row, KeyedField) else []
        for number in [number for number, step in enumerate(steps) if step == ANY]:
            yield ".".join(step if step != ANY else "calculator" for step in steps[:number])


def _with(node: Any, text: str) -> Any:
    match node:
        case dict():
            return {name: _with(value, text) for name, value in node.items()}
        case list():
            return [_with(item, text) for item in node]
        case _:
            return text


@pytest.mark.parametrize("text", ["X ", "\u00a0X", "X\u200b", "\u201cX\u201d"])
@pytest.mark.parametrize(("kind", "path", "value", "place"), list(_identifiers()), ids=str)
def test_every_natural_key_and_code_is_checked(kind: Kind, path: str, value: Any, place: str, text: str) -> None:
    document = changed(DOCUMENTS[kind](), path, _with(value, text))
    (problem,) = [found for found in _unclear(document) if found.path == place]
    assert (problem.code, problem.severity, problem.allowed) == ("unclear-identifier", Severity.ERROR, "X")


@pytest.mark.parametrize("text", ["X ", "\u00a0X", "X\u200b", "\u201cX\u201d", "\u0410B", "M\u00fcller"])
@pytest.mark.parametrize("path", sorted(set(_mappings())))
def test_a_name_in_a_mapping_has_no_characters_that_look_like_others(path: str, text: str) -> None:
    def named(name: str) -> dict[str, Any]:
        document = deployment()
        value = next(iter(at(document["spec"], path.split(".")).values()))
        return changed(document, f"spec.{path}", {name: value})

    assert accepts(Kind.DEPLOYMENT, named("X_1"))
    assert not accepts(Kind.DEPLOYMENT, named(text))


@pytest.mark.parametrize("field", ["externalId", "originId"])
def test_an_identity_is_checked(field: str) -> None:
    document = certification()
    document["metadata"] = {field: "\u201cACME-001\u201d"}
    (problem,) = _unclear(document)
    assert (problem.path, problem.allowed) == (f"metadata.{field}", "ACME-001")
    assert "curly quotes: U+201C LEFT DOUBLE QUOTATION MARK" in problem.message
    assert not _alike(document)


def test_a_curly_apostrophe_is_allowed_in_a_name_but_not_in_an_identity() -> None:
    assert not _unclear(changed(certification(), "spec.brands", [{"name": "O\u2019Neill"}]))
    assert _unclear(changed(certification(), "metadata.externalId", "O\u2019Neill"))


def test_complete_documents_have_no_unclear_identifiers() -> None:
    for document in (make() for make in DOCUMENTS.values()):
        assert not _unclear(document)
        assert not _alike(document)


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        ("M\u00fcller", DECOMPOSED, "(U+0308 COMBINING DIAERESIS) looks like M\u00fcller at"),
        ("ACME-1", "ACME\u20131", "ACME\u20131 (U+2013 EN DASH) looks like ACME-1 at"),
        ("Acme", "ACME", "ACME looks like Acme at"),
        ("a b", "a  b", r'"a \x20b" looks like "a b" at'),
    ],
)
def test_an_element_that_looks_like_an_earlier_one_is_warned_about(one: str, other: str, shown: str) -> None:
    (problem,) = _alike(changed(certification(), "spec.brands", [{"name": one}, {"name": "X"}, {"name": other}]))
    assert problem.path == problem.position.file == "spec.brands[2].name"
    assert shown in problem.message


def test_a_key_looks_like_another_only_if_all_its_parts_do() -> None:
    def pair(code: str, product: str) -> dict[str, Any]:
        return {"standard": {"code": code}, "productTypeCode": product}

    path = "spec.voc.content.regulatoryStandardCompliances"
    assert not _alike(changed(certification(), path, [pair("A", "x"), pair("a", "y")]))
    (problem,) = _alike(changed(certification(), path, [pair("A", "x"), pair("a", "X")]))
    assert problem.path == f"{path}[1].standard.code"


def test_members_that_look_alike_are_warned_about() -> None:
    (problem,) = _alike(changed(connector(), "spec.privateProjects", ["eu.gcp:shop", "eu.gcp:Shop", "eu.gcp:shop"]))
    assert problem.path == "spec.privateProjects[1]"


def test_a_warning_about_an_unusual_identity_names_the_plain_one() -> None:
    (problem,) = _alike(changed(certification(), "metadata.externalId", "ACME\u2013001"))
    assert problem.message == "ACME\u2013001 (U+2013 EN DASH) looks like ACME-001, but is a different externalId."
    assert problem.hint == "Write ACME-001 if that is meant."
