"""A table that was exported and is imported again changes no manifest, whatever the manifests say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import certification_specs
from trueup.diff.equality import holds
from trueup.edit.set_values import set_values, tree_at, with_value, written_tree
from trueup.edit.yaml_edits import CannotEdit
from trueup.edit.yaml_style import compose
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.settable import ManifestTree
from trueup.manifest.yaml_file import read_yaml
from trueup.model.identity import Identity, Kind
from trueup.model.value import Known
from trueup.spreadsheet.changed_documents import changed_documents
from trueup.spreadsheet.column_map import read_map
from trueup.spreadsheet.csv_text import read_csv, write_csv
from trueup.spreadsheet.exported_rows import known_texts, sheet_of
from trueup.spreadsheet.map_example import map_example
from trueup.spreadsheet.rows import read_rows
from unit.edit.adopting import PROJECT

pytestmark = pytest.mark.slow

SIGNS = st.text(alphabet="=+-@'\"; \n,0123E.#é\xa0", min_size=1, max_size=8)
DAMAGED = ["00123", "123", "1.23E+11", "TRUE", "#N/A", "3-Apr", "12.0", "03/04/2025", "=1+1", "'=x", "a;=b", "no"]
TEXTS = (
    st.sampled_from(DAMAGED) | SIGNS | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=9)
).filter(str.strip)
"""Texts with a sign: a blank cell has no value."""


def written(document: ManifestTree) -> bytes:
    return compose(written_tree(document)).encode()


def spec_of(document: ManifestTree) -> Any:
    return tree_at(document, ("spec",))


def has_blank(tree: object) -> bool:
    """Return whether there is a text without a sign."""
    match tree:
        case dict():
            return any(map(has_blank, tree.values()))
        case list():
            return any(map(has_blank, tree))
        case _:
            return isinstance(tree, str) and not tree.strip()


@st.composite
def estates(draw: st.DrawFn) -> dict[Identity, ManifestTree]:
    """Draw the contents of some valid manifests, by identity."""
    found: dict[Identity, ManifestTree] = {}
    for number in range(draw(st.integers(1, 2))):
        spec: dict[str, Any] = {**draw(certification_specs()), "certificateNumber": draw(TEXTS)}
        for element in spec.get("contacts", ()):
            element["postalAddress"] = draw(TEXTS)
        document: Any = {
            "apiVersion": "trueup/v1",
            "kind": "Certification",
            "metadata": {"externalId": f"{draw(TEXTS)}{number}", "labels": {"a.b": draw(TEXTS)}},
            "spec": spec,
        }
        text = written(document)
        # A blank cell has no value, so a blank text is not in the table.
        if has_blank(document):
            continue
        loaded = load_texts(PROJECT, [("a.yaml", text)])
        if not any(problem.severity == "error" for problem in loaded.diagnostics):
            root: Any = read_yaml(text, "a.yaml").documents[0].root
            found[loaded.manifests[0].identity] = root
    return found


@given(estates())
def test_export_then_import_changes_nothing(documents: dict[Identity, ManifestTree]) -> None:
    if not documents:
        return
    spec = KINDS[Kind.CERTIFICATION]
    table = read_csv(write_csv(sheet_of(documents)).encode(), "a.csv")
    columns = read_map(map_example(table, spec).encode(), "map.yaml")
    assert {column.field.path for column in columns.columns} == {*table.headers.values()}
    rows = read_rows(table, columns, PROJECT.targets, known_texts(documents))
    changes = changed_documents(PROJECT, rows, documents)
    assert {change.identity: change.values for change in changes} == {identity: {} for identity in documents}


@given(estates(), estates(), st.booleans())
def test_a_manifest_has_what_the_rows_say_and_is_otherwise_as_it_was(
    documents: dict[Identity, ManifestTree],
    others: dict[Identity, ManifestTree],
    exists: bool,  # noqa: FBT001 - drawn
) -> None:
    kind = KINDS[Kind.CERTIFICATION]
    for (identity, old), new in zip(documents.items(), others.values(), strict=False):
        wanted = with_value(old, ("spec",), tree_at(new, ("spec",)) or {})
        table = read_csv(write_csv(sheet_of({identity: wanted})).encode(), "a.csv")
        mapped = {header: {"field": header, "exact": True} for header in table.headers.values()}
        document = {"apiVersion": "trueup/v1", "kind": "ColumnMap", "manifests": "Certification", "columns": mapped}
        columns = read_map(json.dumps(document).encode(), "map.yaml")
        rows = read_rows(table, columns, PROJECT.targets, known_texts({identity: wanted}))
        (change,) = changed_documents(PROJECT, rows, {identity: old} if exists else {})
        after = change.text.encode()
        if exists:
            try:
                after, _ = set_values(PROJECT, "a.yaml", written(old), {identity: change.values})
            except CannotEdit:
                # A choice has been made that is not one option for another.
                return
        (manifest,) = load_texts(PROJECT, [("a.yaml", after)]).manifests
        have, asked = kind.desired(manifest.spec), kind.desired(spec_of(wanted))
        assert all(holds(kind.by_path[path], value, Known(have[path])) for path, value in asked.items())
        kept = kind.desired(spec_of(old)) if exists else {}
        assert have.keys() == asked.keys() | kept.keys()
        assert all(have[path] == value for path, value in kept.items() if path not in asked)
