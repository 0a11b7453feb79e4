"""The manifests that benchmarks measure are valid, are the same in every run, and have values of their own."""

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.own_values import (
    certification_manifest,
    connector_manifest,
    drawn_certification,
    drawn_connector,
)
from benchmarks.repeated_lines import repeated_connector_manifest
from trueup.manifest.validate import check_text


@pytest.mark.parametrize("make", [connector_manifest, certification_manifest])
def test_each_is_valid_and_has_mostly_lines_of_its_own(make: Callable[[int], str]) -> None:
    texts = [make(number) for number in range(40)]
    assert texts == [make(number) for number in range(40)]
    for text in texts:
        file = check_text(text.encode(), "a.yaml")
        assert (file.diagnostics, [document.good for document in file.documents]) == ((), [True])
    holders = Counter(line for text in texts for line in set(text.splitlines()) if ": " in line)
    own = sum(count == 1 for count in holders.values())
    assert own / len(holders) > 0.8


def test_manifests_of_repeated_lines_are_valid_and_have_few_lines_of_their_own() -> None:
    texts = [repeated_connector_manifest(number, target="connect-0") for number in range(40)]
    for text in texts:
        file = check_text(text.encode(), "a.yaml")
        assert (file.diagnostics, [document.good for document in file.documents]) == ((), [True])
    lines = [line for text in texts for line in text.splitlines()]
    assert len(set(lines)) / len(lines) < 0.3


def test_one_description_in_four_is_long() -> None:
    lengths = [len(drawn_connector(number)["description"].split()) for number in range(400)]
    assert 0.2 < sum(length >= 80 for length in lengths) / len(lengths) < 0.3


@pytest.mark.parametrize("make", [connector_manifest, certification_manifest])
def test_a_changed_manifest_differs_in_two_fields(make: Callable[..., str]) -> None:
    same, changed = (
        dict(check_text(make(7, changed=changed).encode(), "a.yaml").documents[0].content["spec"])
        for changed in (False, True)
    )
    assert sum(same[name] != changed[name] for name in same) == 2


def test_a_certification_manifest_contains_the_drawn_values() -> None:
    (document,) = check_text(certification_manifest(7).encode(), "a.yaml").documents
    held = drawn_certification(7)
    assert document.content["metadata"]["externalId"] == held["externalId"]
    for name in ("certificateNumber", "url", "brands", "contacts", "featuresCustoms"):
        assert document.content["spec"][name] == held[name]


def test_a_connector_manifest_contains_the_drawn_draft() -> None:
    (document,) = check_text(connector_manifest(7).encode(), "a.yaml").documents
    draft = drawn_connector(7)
    spec = dict(document.content["spec"])
    assert document.content["metadata"]["key"] == draft.pop("key")
    assert spec == draft
