"""Write live values into manifests; all else stays byte for byte."""

from dataclasses import replace

import pytest

from trueup.edit.adopt import adopt
from trueup.model.value import Elements, Members, Parts
from unit.edit.adopting import EPD, HEAD, PROJECT, adopted, drift_of, taken


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("Acme Tax", "Their Tax", "Their Tax"),
        ("'Acme ''Tax'''", "It's", "'It''s'"),
        ('"Acme \\u00e9"', 'Say "hi"', '"Say \\"hi\\""'),
        ("Acme", "no: yes", '"no: yes"'),
        ("Acme", "9001", '"9001"'),
        ("Acme", "true", '"true"'),
        ("Acme", "no", "no"),
        ("Acme", "with # sign", '"with # sign"'),
        ("Acme", 'C:\\path "x"', 'C:\\path "x"'),
        ("Acme", '"x" in C:\\path', "'\"x\" in C:\\path'"),
        ("Acme", "- dash", '"- dash"'),
        ("Acme", " lead", '" lead"'),
        ("Acme", "two\nlines", '"two\\nlines"'),
        ("Acme", "é😀\u2028", '"é😀\\u2028"'),
        ("&name Acme", "Other", "&name Other"),
        ("!!str Acme", "Other", "!!str Other"),
    ],
)
def test_a_value_is_spelled_as_the_one_before_it_or_quoted_where_it_must_be(
    before: str, value: str, after: str
) -> None:
    text = f"{HEAD}  # the name\n  name:   {before}   # that people see\n  description: Taxes\n"
    assert taken(text, name=value) == text.replace(before, after)


def test_a_block_stays_a_block() -> None:
    text = f"{HEAD}  description: |-\n    One.\n    Two.\n\n  # next\n  name: Acme\n"
    assert taken(text, description="One.\nThree.\nFour.") == text.replace("    Two.\n", "    Three.\n    Four.\n")
    assert taken(text, description="One line") == text.replace("|-\n    One.\n    Two.\n", "One line\n")


def test_a_value_that_is_unset_live_becomes_empty() -> None:
    text = f"{HEAD}  name: Acme\n  description: Taxes # why\n"
    assert taken(text, description=None) == text.replace("Taxes", '""')


def test_a_value_that_cannot_be_empty_is_left_out() -> None:
    text = f"{HEAD}  creator:\n    email: a@acme.example\n    noOfContributors: 4 # people\n    name: Jo\n"
    assert taken(text, creator__noOfContributors=None) == text.replace("    noOfContributors: 4 # people\n", "")


def test_a_number_stays_a_number_and_a_quoted_one_stays_quoted() -> None:
    text = f"{EPD}  voc: {{emission: {{densityMin: 250, densityMax: '500'}}}}\n"
    new = taken(text, voc__emission__densityMin="260.5", voc__emission__densityMax="510")
    assert new == text.replace("250", "260.5").replace("'500'", "'510'")


def test_only_the_parts_of_a_group_that_differ_change() -> None:
    text = f'{HEAD}  repository: {{url: "git@github.com:acme/tax.git", tag: v1.0.0}} # pinned\n'
    new = taken(text, repository=Parts({"url": "git@github.com:acme/tax.git", "tag": "v9"}))
    assert new == text.replace("v1.0.0", "v9")


def test_one_choice_takes_the_place_of_another() -> None:
    text = f"{EPD}  reportingBody:\n    name: Veritas # them\n"
    new = taken(text, reportingBody=Parts({"selfReported": "TRUE"}))
    assert new == text.replace("name: Veritas", "selfReported: true")


LIST = f"""{HEAD}  # where it runs
  supportedRegions:
    # the first
    - europe-west1.gcp # home
    - us-central1.gcp

    # the last
    - us-east-2.aws
  name: Acme
"""


def test_items_are_added_and_removed_by_lines_and_comments_above_stay() -> None:
    new = taken(LIST, supportedRegions=Members(("us-central1.gcp", "us-east-2.aws", "eu-central-1.aws")))
    assert new == LIST.replace("    - europe-west1.gcp # home\n", "").replace(
        "    - us-east-2.aws\n", "    - us-east-2.aws\n    - eu-central-1.aws\n"
    )


def test_a_reordered_list_is_not_touched() -> None:
    assert taken(LIST, supportedRegions=Members(("us-east-2.aws", "europe-west1.gcp", "us-central1.gcp"))) == LIST


def test_a_list_in_brackets_stays_in_brackets() -> None:
    text = f"{HEAD}  privateProjects: [e.gcp:p1, 'e.gcp:p2'] # both\n"
    assert taken(text, privateProjects=Members(("e.gcp:p1", "e.gcp:p2", "e.gcp:p3"))) == text.replace(
        "'e.gcp:p2'", "'e.gcp:p2', e.gcp:p3"
    )
    assert taken(text, privateProjects=Members(("e.gcp:p2",))) == text.replace("[e.gcp:p1, 'e.gcp:p2']", "['e.gcp:p2']")
    assert taken(text, privateProjects=None) == text.replace("[e.gcp:p1, 'e.gcp:p2']", "[]")


def test_an_empty_list_gets_items() -> None:
    text = f"{HEAD}  privateProjects: []\n"
    assert taken(text, privateProjects=Members(("e.gcp:p1", "e.gcp:p2"))) == text.replace("[]", "[e.gcp:p1, e.gcp:p2]")


def test_a_block_list_without_items_becomes_an_empty_one() -> None:
    text = f"{HEAD}  privateProjects:\n    # ours\n    - e.gcp:p1\n    - e.gcp:p2\n  name: Acme\n"
    assert taken(text, privateProjects=None) == text.replace(":\n    # ours", ": []\n    # ours").replace(
        "    - e.gcp:p1\n    - e.gcp:p2\n", ""
    )


BRANDS = f"""{EPD}  brands:
    - name: A # first
      website: www.a.example
    - {{name: B}}
    - name: C
  url: https://acme.example
"""


def brands(**websites: str) -> Elements:
    return Elements({(name,): {"website": site} if site else {} for name, site in websites.items()})


def test_elements_are_added_in_the_style_of_their_neighbours_and_removed_whole() -> None:
    assert taken(BRANDS, brands=brands(A="www.a.example", B="", C="", D="www.d.example")) == BRANDS.replace(
        "    - name: C\n", "    - name: C\n    - name: D\n      website: www.d.example\n"
    )
    assert taken(BRANDS, brands=brands(B="", C="")) == BRANDS.replace(
        "    - name: A # first\n      website: www.a.example\n", ""
    )


def test_an_attribute_is_changed_in_place() -> None:
    assert taken(BRANDS, brands=brands(A="www.x.example", B="", C="")) == BRANDS.replace("www.a", "www.x")


def test_an_attribute_that_is_unset_live_becomes_empty() -> None:
    assert taken(BRANDS, brands=brands(A="", B="", C="")) == BRANDS.replace("www.a.example", '""')


@pytest.mark.parametrize(
    "contact",
    [
        "{externalId: C, type: VENDOR, phone: '1', email: a@acme.example}",
        "{type: VENDOR, phone: '1', externalId: C, email: a@acme.example}",
        "externalId: C\n      type: VENDOR # kind\n      phone: '1'\n      email: a@acme.example",
        "type: VENDOR\n      phone: '1'\n      externalId: C # key\n      email: a@acme.example",
    ],
)
def test_attributes_that_cannot_be_empty_are_removed_anywhere(contact: str) -> None:
    text = f"{EPD}  contacts:\n    - {contact}\n  url: x\n"
    new = taken(text, contacts=Elements({("C",): {"email": "a@acme.example"}}))
    assert "VENDOR" not in new
    assert "phone" not in new
    assert new.count("\n") >= text.count("\n") - 2
    assert new.endswith("  url: x\n")


SHARED = f"""{EPD}  contacts:
    - &office
      externalId: SALES
      phone: "1"
      email: a@acme.example
    - <<: *office
      externalId: QUALITY
      email: q@acme.example
"""


def contacts(sales: dict[str, str], quality: dict[str, str]) -> Elements:
    return Elements({("SALES",): sales, ("QUALITY",): quality})


def test_a_merged_attribute_is_overridden() -> None:
    sales = {"phone": "1", "email": "a@acme.example"}
    new = taken(SHARED, contacts=contacts(sales, {"phone": "2", "email": "q@acme.example"}))
    assert new == SHARED.replace("email: q@acme.example\n", 'email: q@acme.example\n      phone: "2"\n')


def test_a_value_shared_through_an_alias_is_not_changed() -> None:
    quality = {"phone": "1", "email": "q@acme.example"}
    new, adoption = adopted(SHARED, contacts=contacts({"phone": "2", "email": "a@acme.example"}, quality))
    assert new == SHARED
    assert [why for _, why in adoption.refused] == ["the change would affect more than this one value"]
    text = f"{HEAD}  name: &n Acme\n  description: *n\n"
    assert adopted(text, name="Theirs")[0] == text
    assert taken(text, description="Theirs") == text.replace("*n", "Theirs")


def test_an_element_whose_anchor_is_used_is_not_changed() -> None:
    quality = {"phone": "1", "email": "q@acme.example"}
    new, adoption = adopted(SHARED, contacts=Elements({("QUALITY",): quality}))
    assert new == SHARED
    assert [why for _, why in adoption.refused] == ["it contains an anchor that is used elsewhere"]


def test_a_list_that_is_an_alias_is_not_changed() -> None:
    methods = "testMethods: &m [{standard: {code: A}}]"
    text = f"{EPD}  voc:\n    content:\n      {methods}\n      regulatoryStandardCustoms: *m\n"
    new, adoption = adopted(text, voc__content__regulatoryStandardCustoms=None)
    assert new == text
    assert [why for _, why in adoption.refused] == ["it is an alias"]


def test_other_documents_of_the_file_stay_as_they_are() -> None:
    text = f"# head\n---\n{HEAD}  name: Acme\n...\n---\n# two\n{HEAD.replace('tax', 'psp')}  name: Acme\n--- # end\n"
    assert taken(text, of=1, name="Theirs") == text[: text.index("two")] + text[text.index("two") :].replace(
        "name: Acme", "name: Theirs"
    )


def test_line_ends_and_a_byte_order_mark_are_kept() -> None:
    text = LIST.replace("\n", "\r\n")
    regions = Members(("europe-west1.gcp", "us-central1.gcp", "us-east-2.aws", "eu-central-1.aws"))
    assert taken(text, supportedRegions=regions) == text.replace(
        "    - us-east-2.aws\r\n", "    - us-east-2.aws\r\n    - eu-central-1.aws\r\n"
    )
    marked = f"{HEAD}  name: Acme"
    content = adopt(PROJECT, "tax.yaml", b"\xef\xbb\xbf" + marked.encode(), [drift_of(marked, name="X")])[0]
    assert content == b"\xef\xbb\xbf" + marked.replace("Acme", "X").encode()


def test_a_file_without_a_last_line_end_can_grow() -> None:
    text = f"{HEAD}  privateProjects:\n  - e.gcp:p1"
    assert taken(text, privateProjects=Members(("e.gcp:p1", "e.gcp:p2"))) == f"{text}\n  - e.gcp:p2"


def test_several_changes_of_one_resource_are_made() -> None:
    new = taken(LIST, name="Theirs", supportedRegions=Members(("us-east-2.aws",)))
    assert "name: Theirs" in new
    assert new.count("    - ") == 1


def test_the_drift_of_several_resources_in_a_file_is_adopted() -> None:
    text = f"{LIST}---\n{HEAD.replace('tax', 'psp')}  name: Acme\n"
    drifts = [drift_of(text, of=0, name="Theirs"), drift_of(text, of=1, name="Theirs")]
    new, adoptions = adopt(PROJECT, "tax.yaml", text.encode(), drifts)
    assert new.decode() == text.replace("name: Acme", "name: Theirs")
    assert [len(adoption.taken) for adoption in adoptions] == [1, 1]
    assert replace(adoptions[0], taken=()).refused == ()
