import json
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from trueup.errors import Severity
from trueup.manifest.positions import node_count
from trueup.manifest.yaml_file import ReadFile, read_yaml
from trueup.model.codes import CODES
from yaml_strategies import Written, trees, written_trees, yaml_like


def _typed(node: Any) -> Any:
    """Return a tree in which 1, True and Decimal 1 differ, and 1.5 and 1.50 do too."""
    match node:
        case dict():
            return {key: _typed(value) for key, value in node.items()}
        case list():
            return [_typed(item) for item in node]
        case _:
            return type(node).__name__, str(node)


@given(written_trees())
def test_whatever_is_written_is_read_with_values_types_and_digits(written: Written) -> None:
    read = read_yaml(written.text.encode(), "a.yaml")
    assert read.diagnostics == ()
    (document,) = read.documents
    assert _typed(document.root) == _typed(written.root)


@given(written_trees())
def test_every_node_is_found_where_it_was_written(written: Written) -> None:
    (document,) = read_yaml(written.text.encode(), "a.yaml").documents
    assert len(written.places) == node_count(document.root) + 1
    for path, place in written.places.items():
        position = document.positions.at(path)
        assert (position.line, position.column) == place, path


@given(trees(), st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_as_json_reads_it(root: Any, indent: int | None, escaped: bool) -> None:  # noqa: FBT001 - drawn
    text = json.dumps(root, indent=indent, default=float, ensure_ascii=escaped)
    (document,) = read_yaml(text.encode(), "a.json").documents
    assert _typed(document.root) == _typed(json.loads(text, parse_float=Decimal))


def _assert_sound(read: ReadFile) -> None:
    errors = [said for said in read.diagnostics if said.severity is Severity.ERROR]
    assert read.complete or errors
    assert {said.code for said in read.diagnostics} <= {code.name for code in CODES}
    assert all(said.position.line >= 1 and said.position.column >= 1 for said in read.diagnostics)


@given(st.binary(max_size=60))
def test_no_bytes_bring_the_reader_down(text: bytes) -> None:
    _assert_sound(read_yaml(text, "a.yaml"))


@given(yaml_like())
def test_no_text_brings_the_reader_down(text: str) -> None:
    _assert_sound(read_yaml(text.encode(), "a.yaml"))


def _as_text(node: Any) -> Any:
    """Return the shape of a tree: keys and nesting, with every scalar blanked."""
    match node:
        case dict():
            return {key: _as_text(value) for key, value in node.items()}
        case list():
            return [_as_text(item) for item in node]
        case _:
            return ""


@given(yaml_like())
def test_structure_is_what_libyaml_itself_builds(text: str) -> None:
    read = read_yaml(text.encode(), "a.yaml")
    if read.diagnostics or "<<" in text:
        return
    expected = [root for root in yaml.load_all(text.encode(), yaml.CBaseLoader) if root not in (None, "")]
    found = [document.root for document in read.documents]
    assert [_as_text(root) for root in found if isinstance(root, dict | list)] == [
        _as_text(root) for root in expected if isinstance(root, dict | list)
    ]
