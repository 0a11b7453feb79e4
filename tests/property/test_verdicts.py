import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from documents import certification, connector, deployment, project
from strategies import specs_of
from trueup.manifest.positions import dotted
from trueup.manifest.schema import accepts
from trueup.manifest.violations import explain
from trueup.manifest.yaml_file import read_yaml
from trueup.model.codes import CODES
from trueup.model.identity import Kind
from trueup.model.position import Position
from yaml_strategies import bent

WHOLE = {"Connector": connector(), "Deployment": deployment(), "Certification": certification(), "Project": project()}


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _verdicts(kind: str, document: object) -> tuple[bool, bool]:
    """Return what the gate and what the explainer say."""
    said = explain(kind, document, _PathAsPosition())
    assert {diagnostic.code for diagnostic in said} <= {code.name for code in CODES}
    assert all(diagnostic.message.endswith(".") for diagnostic in said)
    return accepts(kind, document), not said


@pytest.mark.parametrize("kind", WHOLE)
@given(drawn=st.data())
def test_gate_and_explainer_agree_on_every_document(kind: str, drawn: st.DataObject) -> None:
    gate, explainer = _verdicts(kind, drawn.draw(bent(WHOLE[kind])))
    assert gate is explainer


@pytest.mark.parametrize("kind", Kind)
@given(drawn=st.data())
def test_both_accept_every_spec_that_the_other_tests_draw(kind: Kind, drawn: st.DataObject) -> None:
    spec = drawn.draw(specs_of(kind, emptied=True))
    assert _verdicts(kind, {**WHOLE[kind], "spec": spec}) == (True, True)


@pytest.mark.parametrize("verdict", [True, False])
@pytest.mark.parametrize("kind", WHOLE)
def test_bent_documents_reach_both_verdicts(kind: str, *, verdict: bool) -> None:
    quick = settings(max_examples=500, phases=[Phase.generate], database=None)
    found = find(bent(WHOLE[kind]), lambda document: _is(kind, document, verdict=verdict), settings=quick)
    assert _is(kind, found, verdict=verdict)


def _is(kind: str, document: object, *, verdict: bool) -> bool:
    return document != WHOLE[kind] and accepts(kind, document) is verdict


def _example_texts() -> Iterator[tuple[Path, bytes]]:
    """Yield the manifests of the examples, and those of the acceptance cases, which are texts in TOML files."""
    root = Path(__file__).parents[2]
    for file in (root / "examples").rglob("*.y*ml"):
        yield file, file.read_bytes()
    for file in (root / "tests" / "acceptance" / "bad_inputs").glob("*.toml"):
        for text in tomllib.loads(file.read_text("utf-8")).get("files", {}).values():
            yield file, text.encode()
    for file in (root / "tests" / "acceptance" / "samples").glob("*.toml"):
        yield file, tomllib.loads(file.read_text("utf-8"))["manifest"].encode()


def test_gate_and_explainer_agree_on_every_document_of_the_examples_and_cases() -> None:
    verdicts: list[bool] = []
    for file, text in _example_texts():
        for document in read_yaml(text, file.name).documents:
            for kind in WHOLE:
                gate, explainer = _verdicts(kind, document.root)
                assert gate is explainer, file
                verdicts.append(gate)
    assert verdicts.count(True) > 50
    assert verdicts.count(False) > 50
