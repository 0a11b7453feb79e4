import json
from collections.abc import Mapping
from textwrap import dedent

import pytest

from trueup.edit.set_values import FieldPath, ManifestEdit, set_values
from trueup.edit.yaml_edits import CannotEdit
from trueup.errors import InvalidInput
from trueup.manifest.positions import dotted
from trueup.manifest.settable import ManifestTree, path_of, value_of
from unit.edit.adopting import EPD, HEAD, PROJECT, manifests

SPEC = HEAD + "  name: Tax # the name\n  repository: {url: https://g.example/a.git, tag: v1} # released\n"


def edited(text: str, *pairs: str, of: int = 0) -> tuple[str, ManifestEdit]:
    """Set these ``path=value`` in a file of this text."""
    identity = manifests(text)[of].identity
    kind, parted = identity.kind, [pair.partition("=") for pair in pairs]
    values: dict[FieldPath, ManifestTree] = {path_of(kind, p): value_of(kind, p, v) for p, _, v in parted}
    after, (edit,) = set_values(PROJECT, "tax.yaml", text.encode(), {identity: values})
    return after.decode(), edit


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


BLOCK = dedent("""\
    # a comment
    apiVersion: trueup/v1
    kind: Connector
    metadata:
      key: tax   # the key

    spec:
      'name':  "Tax"   # quoted
      integrationTypes:
        # the first
        - tax    # keep
        -   erp
      creator:
        email: a@acme.example
        noOfContributors:   5
      repository:
        url: https://g.example/a.git
        tag:     'v1.4.0'    # released

      description: |
        Two
        lines
    # the end
    """)


@pytest.mark.parametrize(
    ("pair", "old", "new"),
    [
        (
            "spec.repository.tag=v1.5.0",
            ["    tag:     'v1.4.0'    # released"],
            ["    tag:     'v1.5.0'    # released"],
        ),
        ("spec.name=true", ["  'name':  \"Tax\"   # quoted"], ["  'name':  \"true\"   # quoted"]),
        ("spec.creator.noOfContributors=7", ["    noOfContributors:   5"], ["    noOfContributors:   7"]),
        ("spec.creator.company=Acme, Inc", [], ['    company: "Acme, Inc"']),
        ('spec.integrationTypes=["tax", "psp"]', ["    -   erp"], ["    -   psp"]),
        ("spec.description=One\nline: more\n", ["    Two", "    lines"], ["    One", "    line: more"]),
        ("lifecycle.publish=private", [], ["lifecycle: {publish: private}"]),
        ("lifecycle.protect=true", [], ["lifecycle: {protect: true}"]),
        ("metadata.labels.tier=1", [], ['  labels: {tier: "1"}']),
        ('spec.supportedRegions=["us-east-2.aws"]', [], ["  supportedRegions: [us-east-2.aws]"]),
    ],
)
def test_only_the_lines_of_the_value_change(pair: str, old: list[str], new: list[str]) -> None:
    after, edit = edited(BLOCK, pair)
    assert lines_changed(BLOCK, after) == (old, new)
    assert [dotted(change.path) for change in edit.changes] == [pair.partition("=")[0]]


def test_a_number_stays_a_number_and_a_text_that_looks_like_one_is_quoted() -> None:
    after, _ = edited(SPEC, "spec.repository.tag=1.10", "spec.creator.noOfContributors=3")
    assert 'tag: "1.10"' in after
    assert "creator: {noOfContributors: 3}" in after


def test_two_fields_of_a_mapping_that_was_missing_are_set_together() -> None:
    after, _ = edited(SPEC, "spec.creator.email=a@b.example", "spec.creator.name=Ann")
    assert "creator: {email: a@b.example, name: Ann}" in after


def test_a_value_that_is_there_changes_nothing() -> None:
    after, edit = edited(BLOCK, "spec.repository.tag=v1.4.0", 'spec.integrationTypes=["erp", "tax"]')
    assert after == BLOCK
    assert (edit.changes, edit.lines) == ((), ())


def test_an_element_that_stays_keeps_its_comment() -> None:
    text = EPD + "  brands:\n    - name: A # first\n    - {name: B, website: https://b.example}\n"
    after, _ = edited(text, 'spec.brands=[{"name": "A"}, {"name": "C", "website": "https://c.example"}]')
    assert "    - name: A # first\n" in after
    assert "name: B" not in after
    assert "{name: C, website: https://c.example}" in after


def test_a_list_can_be_emptied_and_filled() -> None:
    after, _ = edited(BLOCK, "spec.integrationTypes=[]")
    assert "integrationTypes: []\n" in after
    again, _ = edited(after, 'spec.integrationTypes=["tax"]')
    assert "integrationTypes: [tax]\n" in again


def test_only_the_named_document_of_a_file_changes() -> None:
    other = SPEC.replace("key: tax", "key: other")
    text = f"{SPEC}---\n# second\n{other}---\n"
    after, _ = edited(text, "spec.repository.tag=v2", of=1)
    assert after == f"{SPEC}---\n# second\n{other.replace('tag: v1', 'tag: v2')}---\n"


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    text = SPEC.replace("\n", "\r\n")
    content = b"\xef\xbb\xbf" + text.encode()
    identity = manifests(text)[0].identity
    after, _ = set_values(PROJECT, "tax.yaml", content, {identity: {("spec", "creator", "name"): "Ann"}})
    assert after == content + b"  creator: {name: Ann}\r\n"


def test_a_json_file_stays_json() -> None:
    document = {
        "apiVersion": "trueup/v1",
        "kind": "Connector",
        "metadata": {"key": "tax"},
        "spec": {"name": "Tax", "integrationTypes": ["tax"]},
    }
    text = json.dumps(document, indent=2) + "\n"
    pairs = [
        "spec.name=A: b",
        "spec.creator.name=Ann",
        'spec.supportedRegions=["us-east-2.aws"]',
        "lifecycle.protect=true",
    ]
    after, _ = edited(text, *pairs)
    read = json.loads(after)
    assert read["spec"] | read["lifecycle"] == {
        "name": "A: b",
        "integrationTypes": ["tax"],
        "creator": {"name": "Ann"},
        "supportedRegions": ["us-east-2.aws"],
        "protect": True,
    }


def test_an_anchored_value_that_is_used_elsewhere_is_left_alone() -> None:
    with pytest.raises(CannotEdit, match="would affect more than this one value"):
        edited(HEAD + "  name: &n Tax\n  description: *n\n", "spec.name=Other")


def test_an_alias_gets_a_value_of_its_own() -> None:
    after, _ = edited(HEAD + "  name: &n Tax\n  description: *n\n", "spec.description=Other")
    assert after == HEAD + "  name: &n Tax\n  description: Other\n"


def test_a_mapping_or_a_list_behind_an_alias_is_left_alone() -> None:
    text = EPD + (
        "  voc:\n    content:\n      regulatoryStandardCustoms: &l [{standard: {code: A}}]\n      testMethods: *l\n"
        "      exemptCompounds: []\n"
    )
    with pytest.raises(CannotEdit, match="it is an alias"):
        edited(text, "spec.voc.content.testMethods=[]")


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        ("spec.repository.tag=", "out-of-range"),
        ("lifecycle.publish=public", "wrong-value"),
        ("lifecycle.state=absent", "missing"),
    ],
)
def test_a_value_that_the_manifest_must_not_have_is_refused_with_its_diagnostics(pair: str, code: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        edited(SPEC, pair)
    (first, *_) = raised.value.diagnostics
    assert code in first.code
    assert not first.quotable


def test_a_file_that_changed_meanwhile_is_left_alone() -> None:
    identity = manifests(SPEC)[0].identity
    values: Mapping[FieldPath, str] = {("spec", "name"): "x"}
    for content in (b"a: [", b"\xff\xfe", b"", SPEC.replace("key: tax", "key: b").encode()):
        with pytest.raises(CannotEdit, match="has changed since it was read"):
            set_values(PROJECT, "tax.yaml", content, {identity: values})
