"""Change manifests of every layout that YAML allows; all else stays byte for byte."""

import json

import pytest

from trueup.edit.adopt import CHANGED, adopt
from trueup.model.value import Elements, Members, Parts
from unit.edit.adopting import EPD, HEAD, PROJECT, adopted, drift_of, manifests, taken

REGIONS = """SPEC  supportedRegions:
    [
      europe-west1.gcp, # home
      us-central1.gcp,
      # the last
      us-east-2.awsCOMMA # far
    ]
  name: Acme
"""


@pytest.mark.parametrize("comma", ["", ","])
def test_a_list_in_brackets_on_several_lines_changes_line_by_line(comma: str) -> None:
    text = REGIONS.replace("SPEC", HEAD).replace("COMMA", comma)
    far = f"      us-east-2.aws{comma} # far\n"
    assert taken(text, supportedRegions=Members(("us-central1.gcp", "us-east-2.aws"))) == text.replace(
        "      europe-west1.gcp, # home\n", ""
    )
    assert taken(text, supportedRegions=Members(("europe-west1.gcp", "us-central1.gcp"))) == text.replace(
        far, ""
    ).replace("us-central1.gcp,", f"us-central1.gcp{comma}")
    four = Members(("europe-west1.gcp", "us-central1.gcp", "us-east-2.aws", "eu-central-1.aws"))
    assert taken(text, supportedRegions=four) == text.replace(
        far, f"      us-east-2.aws, # far\n      eu-central-1.aws{comma}\n"
    )
    other = Members(("europe-west1.gcp", "eu-central-1.aws"))
    assert taken(text, supportedRegions=other) == text.replace(far, "").replace(
        "      us-central1.gcp,\n", f"      eu-central-1.aws{comma}\n"
    )


@pytest.mark.parametrize(
    ("before", "members", "after"),
    [
        ("[a:pp, b:pp]", ("b:pp",), "[b:pp]"),
        ("[a:pp, b:pp]", ("a:pp",), "[a:pp]"),
        ("[ a:pp, b:pp, ]", ("a:pp",), "[ a:pp, ]"),
        ("[ a:pp , b:pp , c:pp ]", ("a:pp", "c:pp"), "[ a:pp , c:pp ]"),
        ("[a:pp, b:pp, c:pp]", ("b:pp", "d:pp"), "[b:pp, d:pp]"),
        ("[a:pp,\n    b:pp]", ("a:pp", "b:pp", "c:pp"), "[a:pp,\n    b:pp,\n    c:pp]"),
        ("[a:pp, b:pp]", ("c:pp",), "[c:pp]"),
        ("[]", ("c:pp", "d:pp"), "[c:pp, d:pp]"),
        ("[ ]", ("c:pp",), "[c:pp]"),
    ],
)
def test_items_are_added_and_removed_in_brackets(before: str, members: tuple[str, ...], after: str) -> None:
    text = f"{HEAD}  privateProjects: {before}\n  name: Acme\n"
    assert taken(text, privateProjects=Members(members)) == text.replace(before, after)


def test_brackets_with_a_comment_are_not_emptied() -> None:
    text = f"{HEAD}  privateProjects: [\n    # why\n    a:pp\n  ]\n"
    new, adoption = adopted(text, privateProjects=None)
    assert new == text
    assert [why for _, why in adoption.refused] == [
        "there is a comment between the brackets, and the list would be empty"
    ]


def test_an_anchor_is_not_mistaken_for_a_dash() -> None:
    text = f"{EPD}  brands:\n  - &the-one # not-a-dash\n    name: A\n  - name: B # b-b\n  # c-c\n  - name: C\n"
    assert taken(text, brands=Elements({("B",): {}})) == text.replace(
        "  - &the-one # not-a-dash\n    name: A\n", ""
    ).replace("  - name: C\n", "")
    assert taken(text, brands=Elements({("A",): {}, ("B",): {}, ("C",): {}, ("D",): {}})) == f"{text}  - name: D\n"


def test_an_empty_list_is_written_after_its_key_and_anchor() -> None:
    text = f"{HEAD}  privateProjects: # a: b\n    # ours: eu\n    - e.gcp:p1\n  name: Acme\n"
    assert taken(text, privateProjects=None) == text.replace("Projects:", "Projects: []").replace(
        "    - e.gcp:p1\n", ""
    )
    anchored = text.replace("Projects: #", "Projects: &own #")
    assert taken(anchored, privateProjects=None) == anchored.replace("&own", "&own []").replace("    - e.gcp:p1\n", "")


def test_a_comment_above_the_next_value_stays_when_the_first_is_removed() -> None:
    text = f"{HEAD}  creator:\n    noOfContributors: 4 # people\n\n    # how to reach them\n    email: a@acme.example\n"
    assert taken(text, creator__noOfContributors=None) == text.replace("    noOfContributors: 4 # people\n", "")
    item = f"{EPD}  contacts:\n  - type: VENDOR # kind\n    # ours\n    externalId: C\n    phone: '1'\n"
    assert taken(item, contacts=Elements({("C",): {"phone": "1"}})) == item.replace(
        "type: VENDOR # kind\n    # ours", "# ours"
    )


def test_a_comment_in_the_header_of_a_block_stays() -> None:
    text = f"{HEAD}  description: >- # for people\n    One\n    line.\n  name: Acme\n"
    assert taken(text, description="Other") == text.replace(">-", "Other").replace("\n    One\n    line.", "")
    assert taken(text, description="A\n  B\nC\n") == text.replace(">-", "|").replace(
        "    One\n    line.", "    A\n      B\n    C"
    )


def test_a_block_with_an_explicit_indentation_becomes_a_line() -> None:
    text = f"{HEAD}  description: |2-\n     One\n    Two\n  name: Acme\n"
    assert taken(text, description="A\nB") == text.replace("|2-\n     One\n    Two", '"A\\nB"')


def test_a_json_file_stays_json() -> None:
    spec = {"name": "Acme", "creator": {"noOfContributors": 4}, "supportedRegions": ["us-east-2.aws"]}
    document = {"apiVersion": "trueup/v1", "kind": "Connector", "metadata": {"key": "tax"}, "spec": spec}
    text = json.dumps(document, indent=2)
    regions = Members(("us-east-2.aws", "eu-central-1.aws"))
    new = taken(text, name="no", creator__noOfContributors=5, supportedRegions=regions)
    expected = {**spec, "name": "no", "creator": {"noOfContributors": 5}, "supportedRegions": list(regions.values)}
    assert json.loads(new)["spec"] == expected
    assert new == json.dumps({**document, "spec": expected}, indent=2)
    choice = json.dumps(
        {
            "apiVersion": "trueup/v1",
            "kind": "Certification",
            "metadata": {"externalId": "E1"},
            "spec": {"reportingBody": {"selfReported": True}, "brands": [{"name": "A"}]},
        }
    )
    brands = Elements({("A",): {}, ("B",): {"website": "w"}})
    changed = json.loads(taken(choice, reportingBody=Parts({"name": "Them"}), brands=brands))["spec"]
    assert changed == {"reportingBody": {"name": "Them"}, "brands": [{"name": "A"}, {"name": "B", "website": "w"}]}


def test_parts_that_a_merge_brings_in_get_a_value_of_their_own() -> None:
    anchor = "metadata: {key: tax, labels: &l {url: git@h:a/b.git, tag: v1}}"
    text = HEAD.replace("metadata: {key: tax}", anchor) + "  repository: {<<: *l}\n"
    new = taken(text, repository=Parts({"url": "git@h:a/b.git", "tag": "v2"}))
    assert new == text.replace("{<<: *l}", "{<<: *l, tag: v2}")


def test_labels_that_share_a_value_are_protected_like_fields() -> None:
    text = f"{HEAD}  name: &n Acme\n".replace("{key: tax}", "{key: tax, labels: {name: x}}")
    shared = f"{text.replace('metadata: {key: tax, labels: {name: x}}', '')}metadata: {{key: tax, labels: {{a: *n}}}}\n"
    new, adoption = adopted(shared.replace("\n\n", "\n"), name="Theirs")
    assert "Theirs" not in new
    assert [why for _, why in adoption.refused] == ["the change would affect more than this one value"]


def test_digits_that_mean_the_same_number_stay_as_they_are() -> None:
    compound = "{CAS: 67-64-1, name: Acetone, percentByWeight: 1.50}"
    text = f"{EPD}  voc:\n    content:\n      exemptCompounds:\n        - {compound}\n"
    live = Elements({("67-64-1",): {"name": "Propanone", "percentByWeight": "1.5"}})
    assert taken(text, voc__content__exemptCompounds=live) == text.replace("Acetone", "Propanone")


def test_a_new_element_has_numbers_without_quotes() -> None:
    text = f"{EPD}  voc:\n    content:\n      exemptCompounds: []\n"
    live = Elements({("67-64-1",): {"name": "Acetone", "percentByWeight": "1.50"}})
    assert taken(text, voc__content__exemptCompounds=live) == text.replace(
        "[]", "[{CAS: 67-64-1, name: Acetone, percentByWeight: 1.50}]"
    )


@pytest.mark.parametrize("text", ["--- &root\n{}", "--- !!map\n{}", "\n\n{}", "%YAML 1.2\n---\n{}"])
def test_a_document_may_begin_in_any_style(text: str) -> None:
    whole = text.format(f"{HEAD}  name: Acme\n")
    assert taken(whole, name="Theirs") == whole.replace("Acme", "Theirs")


@pytest.mark.parametrize(
    ("live", "why"),
    [
        ({"supportedRegions": Members(("mars-1.gcp",))}, "a manifest cannot express it: 'mars-1.gcp'"),
        ({"creator__noOfContributors": 0}, "a manifest cannot express it: "),
        ({"name": "\ud800"}, "the live value has characters that no file can hold"),
    ],
)
def test_a_change_that_no_manifest_can_express_is_refused(live: dict[str, object], why: str) -> None:
    text = f"{HEAD}  name: Acme\n  creator: {{noOfContributors: 4}}\n  supportedRegions: [us-east-2.aws]\n"
    new, adoption = adopted(text, **live)  # type: ignore[arg-type]  # the values are of the fields' types
    assert new == text
    assert [reason[: len(why)] for _, reason in adoption.refused] == [why]


def test_a_choice_that_is_unset_live_is_refused() -> None:
    text = f"{EPD}  reportingBody: {{name: Veritas}}\n"
    new, adoption = adopted(text, reportingBody=None)
    assert new == text
    assert [why for _, why in adoption.refused] == ["live has none of name and selfReported, and a manifest needs one"]


def test_a_file_that_was_changed_meanwhile_is_not_written() -> None:
    text = f"{HEAD}  name: Acme\n"
    drift = drift_of(text, name="Theirs")
    read = {manifest.identity: manifest for manifest in manifests(text)}
    for other in (text.replace("Acme", "Mine"), text.replace("tax", "psp"), "a: [", "\xff", ""):
        content, (adoption,) = adopt(PROJECT, "tax.yaml", other.encode("latin-1"), [drift], read)
        assert content == other.encode("latin-1")
        assert [why for _, why in adoption.refused] == [CHANGED]


@pytest.mark.parametrize(
    ("live", "written"), [(".5", "0.5"), ("1E+3", "1000"), ("+5", "5"), ("-0", "0"), ("1.50", "1.50")]
)
def test_a_decimal_in_an_unsupported_notation_is_written_in_another_one(live: str, written: str) -> None:
    text = f"{EPD}  voc: {{content: {{densityLimitGL: 7}}}}\n"
    new, adoption = adopted(text, voc__content__densityLimitGL=live)
    assert adoption.refused == ()
    assert new == text.replace("densityLimitGL: 7", f"densityLimitGL: {written}")


def test_json_with_surrogate_pairs_and_separators_is_changed_in_place() -> None:
    spec = '{"description": "\\ud83d\\ude00 \u2028 x", "name": "Acme"}'
    text = f'{{"apiVersion": "trueup/v1", "kind": "Connector", "metadata": {{"key": "acme-tax"}}, "spec": {spec}}}\n'
    assert taken(text, name="Theirs") == text.replace('"Acme"', '"Theirs"')
