"""Lists of texts and numbers, which only other kinds have: the rows of connectors."""

from trueup.kinds.registry import KINDS
from trueup.manifest.settable import ManifestTree
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.position import Position
from trueup.spreadsheet.cells import table_of
from trueup.spreadsheet.changed_documents import changed_documents
from trueup.spreadsheet.column_map import ColumnMap, MappedColumn
from trueup.spreadsheet.exported_rows import rows_of
from trueup.spreadsheet.fields import fields_of
from trueup.spreadsheet.rows import read_rows
from unit.edit.adopting import PROJECT

FIELDS = fields_of(KINDS[Kind.CONNECTOR])
PATHS = ["metadata.key", "spec.supportedRegions", "spec.creator.noOfContributors", "lifecycle.protect"]
COLUMNS = ColumnMap(
    kind=Kind.CONNECTOR,
    columns=tuple(MappedColumn(header=path, field=FIELDS[path], position=Position("m", 1, 1)) for path in PATHS),
)
TAX = Identity("eu", Kind.CONNECTOR, IdField.KEY, "tax")
ROWS = [PATHS, ["tax", "us-central1.gcp", "4", "true"], ["tax", "europe-west1.gcp", "", ""]]


def test_rows_give_the_items_of_a_list_of_texts() -> None:
    (found,) = read_rows(table_of("a.csv", ROWS, ragged=True), COLUMNS, PROJECT.targets, {})
    assert (found.identity, len(found.values), [len(items) for items in found.elements.values()]) == (TAX, 2, [2])
    before: dict[str, ManifestTree] = {
        "apiVersion": "trueup/v1",
        "kind": "Connector",
        "metadata": {"key": "tax"},
        "spec": {},
    }
    spec: dict[str, ManifestTree] = {
        "creator": {"noOfContributors": 4},
        "supportedRegions": ["europe-west1.gcp", "us-central1.gcp"],
    }
    (change,) = changed_documents(PROJECT, [found], {TAX: {**before, "spec": spec}})
    assert change.values == {("lifecycle", "protect"): True}
    less: dict[str, ManifestTree] = {**spec, "supportedRegions": ["eu-central-1.aws"]}
    (change,) = changed_documents(PROJECT, [found], {TAX: {**before, "spec": less}})
    assert change.values[("spec", "supportedRegions")] == ["us-central1.gcp", "europe-west1.gcp"]


def test_rows_of_a_manifest_have_its_lists_side_by_side() -> None:
    tree: ManifestTree = {
        "metadata": {"key": "tax", "labels": {"team": "a"}},
        "spec": {"supportedRegions": ["a", "b"], "integrationTypes": ["tax"], "privateProjects": []},
    }
    assert [*rows_of({TAX: tree})] == [
        {
            "metadata.key": "tax",
            "metadata.labels.team": "a",
            "spec.integrationTypes": "tax",
            "spec.supportedRegions": "a",
        },
        {"metadata.key": "tax", "metadata.labels.team": "a", "spec.supportedRegions": "b"},
    ]
