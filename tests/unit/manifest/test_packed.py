"""Pack files and unpack them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from trueup.manifest.checked import CheckedDocument, CheckedFile
from trueup.manifest.checking import check_text
from trueup.manifest.packed import PackedSpec, Unpackable, is_outline, outline, pack, unpack
from trueup.manifest.parsed import Document
from trueup.manifest.reader import read_yaml
from trueup.model.identity import Kind
from yaml_strategies import Written, written_trees

FILE = b"""\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax, labels: {team: tax}}
spec:
  name: Acme Tax
  repository: {url: "git@github.com:acme/tax.git", tag: v1}
  creator: {email: none}
lifecycle: {protect: true}
---
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: E1}
spec:
  voc:
    content:
      densityLimitGL: 1.50
      exemptCompounds: [{CAS: 67-64-1, name: Acetone, percentByWeight: 0.0000001}]
  expiryDate: 2024-02-31
---
apiVersion: trueup/v1
kind: Connector
metadata: {key: xy}
spec: {nam: Acme}
"""


def never() -> CheckedFile:
    raise AssertionError("all there is to know is in the pack")


def same(found: CheckedFile, wanted: CheckedFile) -> None:
    assert found.count == wanted.count
    assert found.diagnostics == wanted.diagnostics
    assert len(found.documents) == len(wanted.documents)
    for one, other in zip(found.documents, wanted.documents, strict=True):
        assert (one.kind, one.good) == (other.kind, other.good)
        assert one.content["metadata"] == other.content["metadata"]
        assert one.content["lifecycle"] == other.content.get("lifecycle")
        assert typed(dict(one.content["spec"])) == typed(other.content.get("spec", {}))
        for path in (("metadata", "labels"), ("spec",), ("spec", "voc", "content"), ("lifecycle", "nothing"), ()):
            assert one.positions.at(path) == other.positions.at(path)


def typed(node: Any) -> Any:
    match node:
        case dict():
            return [(key, typed(value)) for key, value in node.items()]
        case list():
            return [typed(item) for item in node]
        case _:
            return type(node), str(node)


def test_a_file_comes_back_as_it_was_good_and_bad_documents_alike() -> None:
    checked = check_text(FILE, "a.yaml")
    assert [document.good for document in checked.documents] == [True, False]
    assert {diagnostic.code for diagnostic in checked.diagnostics} == {"unusual-email", "bad-date", "unknown-field"}
    same(unpack(pack(checked), "a.yaml", never), checked)


def test_it_comes_back_under_the_name_by_which_it_is_known_now() -> None:
    same(unpack(pack(check_text(FILE, "")), "b/c.yaml", never), check_text(FILE, "b/c.yaml"))


def test_decimals_keep_their_digits() -> None:
    (_, document) = unpack(pack(check_text(FILE, "")), "", never).documents
    content = document.content["spec"]["voc"]["content"]
    assert str(content["densityLimitGL"]) == "1.50"
    percent = content["exemptCompounds"][0]["percentByWeight"]
    assert (type(percent), str(percent)) == (Decimal, "1E-7")


@given(written_trees())
def test_any_document_comes_back_as_it_was(written: Written) -> None:
    if not isinstance(written.root, dict):
        return
    (document,) = read_yaml(written.text.encode(), "a.yaml").documents or (None,)
    if document is None or document.diagnostics:
        return
    checked = CheckedFile(documents=[whole(document)], count=1, diagnostics=())
    (found,) = unpack(pack(checked), "a.yaml", never).documents
    assert typed(dict(found.content["spec"])) == typed(checked.documents[0].content["spec"])


def whole(document: Document) -> CheckedDocument:
    """Give a drawn document the parts that every manifest has."""
    content: Any = document.root
    content.update(metadata={"key": "a"}, spec={**content})
    return CheckedDocument(Kind.CONNECTOR, content, document.positions, good=True)


def test_a_text_that_holds_the_mark_of_decimals_is_not_packed() -> None:
    for text in ("\ue000", "\ue0001.5", r"\ue0001.5"):
        odd = FILE.replace(b"Acme Tax", text.encode()).replace(b"densityLimitGL: 1.50", b"densityLimitGL: 2.50")
        with pytest.raises(Unpackable):
            pack(CheckedFile(documents=[decimal_beside(odd)], count=1, diagnostics=()))


def decimal_beside(text: bytes) -> CheckedDocument:
    one = check_text(text, "").documents[0]
    one.content["spec"]["number"] = Decimal("1.5")
    return one


def test_what_is_packed_is_not_packed_again() -> None:
    with pytest.raises(Unpackable):
        pack(unpack(pack(check_text(FILE, "")), "", never))


@pytest.mark.parametrize(
    "broken", [b"", b"\n", b"{}\n", b"[1, [], []]", b"[1, [], [[]]]\n", b"\xff\n", b"[1,[[1]],[]]\n"]
)
def test_bytes_that_were_not_packed_are_refused(broken: bytes) -> None:
    with pytest.raises(Unpackable):
        unpack(broken, "", never)


def test_a_file_that_is_longer_or_shorter_than_it_says_is_refused() -> None:
    packed = pack(check_text(FILE, ""))
    for broken in (packed + b"x", packed[:-1]):
        with pytest.raises(Unpackable):
            unpack(broken, "", never)


def test_a_spec_is_unpacked_only_when_somebody_looks_at_it() -> None:
    packed = pack(check_text(FILE, ""))
    end = packed.index(b"\n")
    unread = unpack(packed[: end + 1] + b"x" * (len(packed) - end - 1), "", never)
    spec = unread.documents[0].content["spec"]
    assert isinstance(spec, PackedSpec)
    assert unread.documents[0].positions.at(()).line == 1
    with pytest.raises(json.JSONDecodeError):
        spec["name"]


def test_an_outline_tells_all_but_the_specs_and_has_the_file_checked_again_for_those() -> None:
    asked = []

    def again() -> CheckedFile:
        asked.append(True)
        return check_text(FILE, "a.yaml")

    whole = check_text(FILE, "a.yaml")
    found = unpack(outline(whole), "a.yaml", again)
    assert [d.content["metadata"] for d in found.documents] == [d.content["metadata"] for d in whole.documents]
    assert [(d.kind, d.good) for d in found.documents] == [(d.kind, d.good) for d in whole.documents]
    assert [d.positions.at(()) for d in found.documents] == [d.positions.at(()) for d in whole.documents]
    assert (found.diagnostics, found.count, asked) == (whole.diagnostics, 3, [])
    same(found, whole)
    assert asked


def test_an_outline_is_known_from_a_whole_pack_and_is_much_smaller() -> None:
    checked = check_text(FILE, "")
    assert (is_outline(outline(checked)), is_outline(pack(checked))) == (True, False)
    assert len(outline(checked)) < len(pack(checked)) / 2
