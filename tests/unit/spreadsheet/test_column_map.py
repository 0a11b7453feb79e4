import json
import re
from typing import Any

import pytest

from trueup.errors import InvalidInput
from trueup.kinds.registry import KINDS
from trueup.model.identity import Kind
from trueup.spreadsheet.cells import Table, table_of
from trueup.spreadsheet.column_map import read_map
from trueup.spreadsheet.map_example import map_example
from trueup.spreadsheet.rows import RowResource, read_rows
from trueup.spreadsheet.typed_values import DateOrder

HEAD = "apiVersion: trueup/v1\nkind: ColumnMap\nmanifests: Certification\n"
SPEC = KINDS[Kind.CERTIFICATION]


def refused(text: str, table: Table | None = None) -> list[str]:
    def read() -> None:
        columns = read_map(text.encode(), "map.yaml")
        if table is not None:
            columns.numbered(table)

    with pytest.raises(InvalidInput) as caught:
        read()
    return [f"{d.position} {d.code} {d.message} {d.hint}".strip() for d in caught.value.diagnostics]


def table(*headers: str) -> Table:
    return table_of("a.csv", [headers, ["x"] * len(headers)], ragged=True)


def test_a_column_is_a_field_or_says_how_its_cells_are_read() -> None:
    text = HEAD + (
        "sheet: S\ntarget: origin\ncolumns:\n  ID: metadata.externalId\n"
        "  'The  date': {field: spec.issueDate, dates: day-first}\n"
        "  N: {field: spec.certificateNumber, exact: true}\n  L: metadata.labels.a.b\n"
    )
    columns = read_map(text.encode(), "map.yaml")
    assert (columns.kind, columns.sheet, columns.target) == (Kind.CERTIFICATION, "S", "origin")
    assert [column.header for column in columns.columns] == ["ID", "The date", "N", "L"]
    assert [column.order for column in columns.columns] == [None, DateOrder.DAY_FIRST, None, None]
    assert [column.exact for column in columns.columns] == [False, False, True, False]
    assert columns.columns[3].field.steps == ("metadata", "labels", "a.b")


@pytest.mark.parametrize(("path", "cell"), [("spec.issueDate", "03/04/2025"), ("spec.certificateNumber", "1.0")])
def test_a_map_with_the_entry_of_a_hint_accepts_the_cell(path: str, cell: str) -> None:
    cells = table_of("a.csv", [["ID", "C"], ["A-1", cell]], ragged=True)

    def read(entry: str) -> list[RowResource]:
        columns = read_map(f"{HEAD}target: origin\ncolumns:\n  ID: metadata.externalId\n  C: {entry}\n".encode(), "m")
        return read_rows(cells, columns, {}, {})

    with pytest.raises(InvalidInput) as caught:
        read(path)
    (problem,) = caught.value.diagnostics
    (resource,) = read("{" + problem.hint.partition("{")[2].partition("}")[0] + "}")
    assert [field.path for field in resource.values] == [path]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "map.yaml:1:1 empty-file"),
        ("a: [", "map.yaml:1:4 yaml-syntax"),
        (f"{HEAD}columns: {{ID: metadata.externalId}}\n---\na: b\n", "map.yaml:6:1 too-many-documents"),
        (f"{HEAD}colunms: {{}}\n", "map.yaml:4:1 unknown-field There is no field 'colunms' in the document."),
        (
            f"{HEAD.replace('Certification', 'Deployment')}columns: {{ID: metadata.key}}\n",
            "map.yaml:3:1 wrong-value 'Deployment' is not a valid kind for a spreadsheet.",
        ),
        (f"{HEAD}columns: {{ID: 7}}\n", "map.yaml:4:11 wrong-type"),
        (f"{HEAD}columns: {{ID: {{field: x, dates: us}}}}\n", "map.yaml:4:26 wrong-value"),
        (f"{HEAD}columns: {{ID: metadata.externalid}}\n", "map.yaml:4:11 unknown-column-field"),
        (f"{HEAD}columns: {{ID: metadata.externalId, B: spec.brands}}\n", "map.yaml:4:36 unknown-column-field"),
        (f"{HEAD}columns: {{N: spec.certificateNumber}}\n", "map.yaml:4:1 column-map No column identifies the rows."),
        (
            f"{HEAD}columns: {{ID: metadata.externalId, B: spec.brands.website}}\n",
            "map.yaml:4:36 column-map spec.brands.website needs a column with spec.brands.name",
        ),
        (
            f"{HEAD}columns: {{ID: metadata.externalId, B: metadata.externalId}}\n",
            "map.yaml:4:36 column-map Two columns have the field metadata.externalId.",
        ),
        (
            f"{HEAD}columns: {{ID: metadata.externalId, 'ID ': metadata.originId}}\n",
            "map.yaml:4:36 column-map The column 'ID' is in the map twice.",
        ),
    ],
)
def test_a_wrong_map_is_refused_at_its_place(text: str, said: str) -> None:
    problems = refused(text)
    assert any(problem.startswith(said) for problem in problems), problems


def test_hints_name_the_field_that_is_meant() -> None:
    (problem,) = refused(f"{HEAD}columns: {{ID: metadata.externalId, B: brands.name}}\n")
    assert "Did you mean 'spec.brands.name'?" in problem
    (problem,) = refused(f"{HEAD}columns: {{ID: metadata.externalId, B: spec.brands}}\n")
    assert "Did you mean 'spec.brands.name' or 'spec.brands.website'?" in problem


def test_a_header_that_the_file_lacks_is_refused_at_the_map() -> None:
    text = f"{HEAD}columns: {{ID: metadata.externalId, Nubmer: spec.certificateNumber}}\n"
    (problem,) = refused(text, table("ID", "Number"))
    assert problem == ("map.yaml:4:36 column-not-found a.csv has no column 'Nubmer'. Did you mean 'Number'?")


def mapped(*headers: str) -> dict[str, str]:
    text = map_example(table("ID", *headers), SPEC)
    return {column.header: column.field.path for column in read_map(text.encode(), "map.yaml").columns}


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("certificate number", "spec.certificateNumber"),
        ("CertificateNumber", "spec.certificateNumber"),
        ("Issued on", "spec.issueDate"),
        ("Expiry date", "spec.expiryDate"),
        ("Valid until", "spec.expiryDate"),
        ("Brand", "spec.brands.name"),
        ("brands.website", "spec.brands.website"),
        ("Contact: Email", "spec.contacts.email"),
        ("Phone", "spec.contacts.phone"),
        ("Standard", "spec.standard.code"),
        ("spec.voc.content.testMethods.standard.code", "spec.voc.content.testMethods.standard.code"),
        ("metadata.labels.line", "metadata.labels.line"),
    ],
)
def test_a_header_that_names_one_field_is_mapped(header: str, path: str) -> None:
    assert (
        mapped(
            *(["Contact external ID"] if "contacts" in path else ["Brand name"] if "website" in path else []), header
        )[header]
        == path
    )


@pytest.mark.parametrize("header", ["Name", "Website", "Remark", "code", "Value"])
def test_a_header_that_names_none_or_several_is_a_comment(header: str) -> None:
    assert header not in mapped(header)
    assert f"  # {header}:\n" in map_example(table("ID", header), SPEC)


def test_a_field_is_given_to_the_first_of_two_headers() -> None:
    assert mapped("Issued", "Date of issue")["Issued"] == "spec.issueDate"
    assert "Date of issue" not in mapped("Issued", "Date of issue")


@pytest.mark.parametrize(
    "header",
    [
        "a: b",
        "# a",
        "'",
        '"',
        "- a",
        "{a",
        "é",
        "1",
        "true",
        "null",
        "<<",
        "\x1b[31m",
        "a\u200bb",
        "a\xa0\\",
        "::x",
        "a##[b",
        "*a",
    ],
)
def test_the_example_is_valid_whatever_a_header_is(header: str) -> None:
    text = map_example(table("ID", header), SPEC, sheet=header)
    assert mapped(header) == {"ID": "metadata.externalId"}
    assert read_map(text.encode(), "map.yaml").sheet == header
    uncommented = text.replace("  # ", "  ").replace(":\n\n#", ": spec.url\n\n#")
    document: Any = json.loads(json.dumps([column.header for column in read_map(uncommented.encode(), "m").columns]))
    assert document == ["ID", " ".join(header.split())]


def test_the_example_lists_every_field() -> None:
    text = map_example(table("ID"), SPEC)
    assert "#   spec.voc.content.exemptCompounds.percentByWeight\n" in text
    assert "#   lifecycle.protect\n" in text
    assert text.startswith("# yaml-language-server: $schema=https://")


def test_the_options_of_a_map_example_are_valid_without_their_signs() -> None:
    options = re.findall(r"^#   (\w+: \{.*)$", map_example(table("ID"), SPEC), re.MULTILINE)
    text = HEAD + "columns:\n  ID: metadata.externalId\n" + "".join(f"  {option}\n" for option in options)
    _, date, number = read_map(text.encode(), "map.yaml").columns
    assert (date.order, number.exact) == (DateOrder.DAY_FIRST, True)
