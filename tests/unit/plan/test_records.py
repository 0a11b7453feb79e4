"""Records of applies as a file: written, read back, and refused in anything else."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from trueup.errors import InvalidInput
from trueup.model.identity import Identity, IdField, Kind
from trueup.plan.records import PullRef, Records, TargetRecord, records_from_json, records_to_json

SCHEMA = json.loads((Path(__file__).parents[3] / "schemas" / "records.schema.json").read_text())
ONE, TWO, THREE = "1a" * 20, "2b" * 20, "3c" * 32
TAX = Identity("eu", Kind.CONNECTOR, IdField.KEY, "acme-tax")
RECORDS = Records(
    targets={
        "eu": TargetRecord(
            settled=ONE,
            attempts=(THREE, TWO),
            left={TAX: None, replace(TAX, value="acme-psp"): TWO},
            url="https://github.example/acme/house/actions/runs/7",
        ),
        "us": TargetRecord(),
    },
    pulls={TWO: PullRef(number=12, url="https://github.example/acme/house/pull/12")},
)


def document() -> Any:
    return json.loads(json.dumps(records_to_json(RECORDS)))


def refused(made: object) -> str:
    with pytest.raises(InvalidInput) as error:
        records_from_json(made, file="records.json")
    (problem,) = error.value.diagnostics
    assert (problem.code, str(problem.position)) == ("records-format", "records.json:1:1")
    return problem.message


def test_records_are_read_back_as_they_were_written() -> None:
    assert records_from_json(document(), file="records.json") == RECORDS


def test_the_document_is_of_the_published_shape() -> None:
    assert list(jsonschema_rs.Draft202012Validator(SCHEMA).iter_errors(document())) == []


def test_what_an_apply_left_is_a_sorted_list() -> None:
    assert [(left["identity"]["value"], left["commit"]) for left in document()["targets"]["eu"]["left"]] == [
        ("acme-psp", TWO),
        ("acme-tax", None),
    ]


def set_at(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(made: Any) -> None:
        for step in path[:-1]:
            made = made[step]
        made[path[-1]] = value

    return change


def twice(made: Any) -> None:
    left = made["targets"]["eu"]["left"]
    left.append(left[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_at("formatVersion", value=2), "it has format version 2, and this trueup reads version 1"),
        (set_at("extra", value=1), "the document: extra is not known"),
        (set_at("targets", value=[]), "targets is not an object"),
        (set_at("targets", "eu", "settled", value="main"), "targets.eu.settled is not the full id of a commit"),
        (set_at("targets", "eu", "settled", value="--all"), "targets.eu.settled is not the full id of a commit"),
        (set_at("targets", "eu", "attempts", 1, value=ONE[:12]), "targets.eu.attempts[1] is not the full id"),
        (set_at("targets", "eu", "attempts", value=[ONE] * 8), "targets.eu.attempts has more than 7 commits"),
        (set_at("targets", "eu", "left", 0, "commit", value=""), "targets.eu.left[0].commit is not the full id"),
        (set_at("targets", "eu", "left", 0, "identity", "target", value="us"), "a resource of another target"),
        (twice, "targets.eu.left names a resource twice"),
        (set_at("targets", "eu", "url", value="javascript:alert(1)"), "targets.eu.url is not an address of a page"),
        (set_at("targets", "eu", "url", value="https://a b"), "targets.eu.url is not an address of a page"),
        (set_at("pulls", TWO, "number", value=0), f"pulls.{TWO}.number is not the number of a pull request"),
        (set_at("pulls", TWO, "url", value="file:///etc"), f"pulls.{TWO}.url is not an address of a page"),
        (set_at("pulls", "HEAD", value={"number": 1, "url": ""}), "pulls.HEAD is not the full id of a commit"),
    ],
)
def test_anything_else_is_refused_with_the_place(change: Callable[[Any], None], words: str) -> None:
    made = document()
    change(made)
    assert words in refused(made)


@pytest.mark.parametrize("made", [None, [], "records", 7])
def test_another_document_is_refused(made: object) -> None:
    assert refused(made).startswith("The file is not a file of records: ")
