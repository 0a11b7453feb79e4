"""The manifests that benchmarks measure are valid, are the same in every run, and have lines of their own."""

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.own_values import certification_manifest, connector_manifest, drawn_connector
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


def test_a_manifest_says_what_its_draft_holds() -> None:
    (document,) = check_text(connector_manifest(7).encode(), "a.yaml").documents
    draft = drawn_connector(7)
    spec = dict(document.content["spec"])
    assert document.content["metadata"]["key"] == draft.pop("key")
    assert spec == draft
