from decimal import Decimal
from typing import Any

import pytest

from documents import certification, changed, connector
from trueup.errors import Severity
from trueup.manifest.positions import dotted
from trueup.manifest.rules import warnings_for
from trueup.manifest.schema import accepts
from trueup.model.identity import Kind
from trueup.model.position import Position


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _advice(document: dict[str, Any]) -> list[tuple[str, str]]:
    assert accepts(document["kind"], document), "advice is only for what the schema accepts"
    found = list(warnings_for(Kind(document["kind"]), document, _PathAsPosition()))
    assert all(problem.severity is Severity.WARNING for problem in found)
    assert all(problem.position.file == problem.path for problem in found)
    return [(problem.code, problem.path) for problem in found]


def test_complete_documents_get_no_advice() -> None:
    assert _advice(connector()) == []
    assert _advice(certification()) == []


def test_tombstones_get_no_advice() -> None:
    document = certification()
    del document["spec"]
    document["lifecycle"] = {"state": "absent", "reason": "Gone."}
    assert _advice(document) == []


@pytest.mark.parametrize(
    ("kind", "code", "path", "value"),
    [
        ("connector", "unusual-repository", "spec.repository.url", "https://github.com/acme/tax"),
        ("connector", "unusual-repository", "spec.repository.url", "github.com/acme/tax.git"),
        ("connector", "unusual-tag", "spec.repository.tag", "-v1"),
        ("connector", "unusual-tag", "spec.repository.tag", "v1..2"),
        ("connector", "unusual-email", "spec.creator.email", "dev at acme"),
        ("connector", "unusual-url", "spec.creator.logoUrl", "logo.png"),
        ("connector", "unusual-url", "spec.creator.supportUrl", "ftp://acme.example"),
        ("connector", "unusual-url", "spec.documentationUrl", "docs"),
        ("certification", "unusual-url", "spec.url", "file:///epd.pdf"),
        ("certification", "unusual-url", "spec.additionalsDocuments.0.originalUrl", "annex.pdf"),
        ("certification", "unusual-url", "spec.brands.0.website", "acme"),
        ("certification", "unusual-url", "spec.contacts.0.website", "http://acme"),
        ("certification", "unusual-email", "spec.contacts.0.email", "sales"),
        ("certification", "dates-reversed", "spec.expiryDate", "2008-09-14"),
        ("certification", "unusual-decimal", "spec.voc.content.densityLimitGL", -1),
        ("certification", "densities-reversed", "spec.voc.emission.densityMin", Decimal("500.01")),
        ("certification", "unusual-decimal", "spec.voc.content.exemptCompounds.0.percentByWeight", "100.1"),
        ("certification", "unusual-decimal", "spec.voc.content.exemptCompounds.0.percentByWeight", -1),
        ("certification", "unusual-cas", "spec.voc.content.exemptCompounds.0.CAS", "109-99-8"),
        ("certification", "unusual-cas", "spec.voc.content.exemptCompounds.0.CAS", "142731-63-32"),
        ("certification", "unusual-cas", "spec.voc.content.exemptCompounds.0.CAS", "water"),
    ],
)
def test_a_probable_mistake_is_a_warning(kind: str, code: str, path: str, value: object) -> None:
    whole = connector() if kind == "connector" else certification()
    dotted_path = path.replace(".0.", "[0].")
    assert _advice(changed(whole, path, value)) == [(code, dotted_path)]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("connector", "spec.repository.url", "https://github.com/acme/connect-tax.git"),
        ("connector", "spec.repository.url", "git@github.com:acme/connect-tax.git"),
        ("connector", "spec.repository.tag", "2.10"),
        ("connector", "spec.repository.tag", "release/2024-01"),
        ("connector", "spec.documentationUrl", ""),
        ("certification", "spec.brands.0.website", "www.acmexyz.com"),
        ("certification", "spec.brands.0.website", ""),
        ("certification", "spec.expiryDate", "2008-09-15"),
        ("certification", "spec.expiryDate", ""),
        ("certification", "spec.voc.emission.densityMin", "500.0"),
        ("certification", "spec.voc.emission.densityMin", ""),
        ("certification", "spec.voc.content.exemptCompounds.0.percentByWeight", 100),
        ("certification", "spec.voc.content.exemptCompounds.0.percentByWeight", 0),
        ("certification", "spec.voc.content.exemptCompounds.0.CAS", "7732-18-5"),
    ],
)
def test_common_values_get_no_advice(kind: str, path: str, value: object) -> None:
    assert _advice(changed(connector() if kind == "connector" else certification(), path, value)) == []
