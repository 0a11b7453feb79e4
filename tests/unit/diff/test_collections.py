"""Actions and findings for keyed collections."""

import unicodedata

import pytest

from trueup.diff.diff import diff
from trueup.model.action import AddElement, Change, Difference, Level, Reason, RemoveElement
from trueup.model.field import Attribute, Compare, KeyedField, Risk
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Parts

BRANDS = KeyedField(path="brands", key=("name",), attributes=(Attribute(path="website", risk=Risk.VISIBLE),))
CONTACTS = KeyedField(
    path="contacts",
    key=("id",),
    attributes=tuple(Attribute(path=path, resettable=True) for path in ("name", "phone", "email")),
)
COMPOUNDS = KeyedField(
    path="compounds",
    key=("CAS",),
    attributes=(
        Attribute(path="name", required=True),
        Attribute(path="percent", compare=Compare.DECIMAL, required=True),
    ),
)
PAIRS = KeyedField(path="pairs", key=("code", "type"), exclusive=("code",))
CHANNELS = KeyedField(path="channels", key=("name",), process=True, add_risk=Risk.VISIBLE, remove_risk=Risk.DESTRUCTIVE)


def one(field: KeyedField, wanted: Elements, live: LiveValue) -> Difference:
    return diff([field], {field.path: wanted}, {field.path: live})


def only(difference: Difference) -> Change:
    (change,) = difference.changes
    return change


def test_a_missing_element_is_added_whole() -> None:
    change = only(one(BRANDS, Elements({("ACME",): {"website": "www"}}), ABSENT))
    assert change.action == AddElement("brands", ("ACME",), {"website": "www"})
    assert (change.before, change.after) == (ABSENT, Known(Parts({"website": "www"})))
    assert (change.reason, change.risk) == (Reason.ELEMENT_MISSING, Risk.ROUTINE)


def test_an_extra_element_is_removed_by_its_key() -> None:
    change = only(one(BRANDS, Elements({}), Known(Elements({("ACME",): {"website": "www"}}))))
    assert (change.action, change.reason) == (RemoveElement("brands", ("ACME",)), Reason.ELEMENT_EXTRA)
    assert (change.before, change.after) == (Known(Parts({"website": "www"})), ABSENT)


def test_elements_are_added_in_written_order_then_removed_in_sorted_order() -> None:
    live = Known(Elements({("z",): {}, ("y",): {}}))
    difference = one(BRANDS, Elements({("b",): {}, ("a",): {}}), live)
    assert [change.action for change in difference.changes] == [
        AddElement("brands", ("b",), {}),
        AddElement("brands", ("a",), {}),
        RemoveElement("brands", ("y",)),
        RemoveElement("brands", ("z",)),
    ]
    assert {change.stage for change in difference.changes} == {0}


def test_an_add_has_only_the_attributes_that_differ() -> None:
    live = Known(Elements({("1",): {"name": "A", "phone": "1", "email": "e"}}))
    change = only(one(CONTACTS, Elements({("1",): {"name": "A", "phone": "2"}}), live))
    assert change.action == AddElement("contacts", ("1",), {"phone": "2"})
    assert change.after == Known(Parts({"name": "A", "phone": "2", "email": "e"}))
    assert change.reason is Reason.ELEMENT_DIFFERS


def test_an_equal_element_has_no_action() -> None:
    live = Known(Elements({("1",): {"name": "A"}, ("2",): {"name": "B"}}))
    change = only(one(CONTACTS, Elements({("1",): {"name": "A"}, ("2",): {"name": "C"}}), live))
    assert change.action == AddElement("contacts", ("2",), {"name": "C"})


def test_an_add_has_the_required_attributes_even_if_they_are_equal() -> None:
    live = Known(Elements({("1",): {"name": "Acetone", "percent": "1"}}))
    wanted = Elements({("1",): {"name": "Acetone", "percent": "1.5"}})
    assert only(one(COMPOUNDS, wanted, live)).action == AddElement(
        "compounds", ("1",), {"name": "Acetone", "percent": "1.5"}
    )


def test_a_required_unmanaged_attribute_is_sent_with_its_live_value() -> None:
    live = Known(Elements({("1",): {"name": "Acetone", "percent": "1"}}))
    assert only(one(COMPOUNDS, Elements({("1",): {"percent": "2"}}), live)).action == AddElement(
        "compounds", ("1",), {"name": "Acetone", "percent": "2"}
    )


def test_an_element_that_differs_in_spelling_only_is_no_change() -> None:
    live = Known(Elements({("1",): {"name": "Acetone", "percent": "1.50"}}))
    assert one(COMPOUNDS, Elements({("1",): {"name": "Acetone", "percent": "1.5"}}), live) == Difference((), ())


def test_a_change_of_an_existing_elements_attribute_has_that_attributes_risk() -> None:
    live = Known(Elements({("ACME",): {"website": "old"}}))
    assert only(one(BRANDS, Elements({("ACME",): {"website": "new"}}), live)).risk is Risk.VISIBLE
    assert only(one(BRANDS, Elements({("ACME",): {"website": "new"}}), NOT_RETURNED)).risk is Risk.VISIBLE


def test_a_collection_that_was_not_returned_is_only_added_to() -> None:
    difference = one(BRANDS, Elements({("a",): {"website": ""}, ("b",): {}}), NOT_RETURNED)
    assert [(c.action, c.before, c.reason) for c in difference.changes] == [
        (AddElement("brands", ("a",), {}), NOT_RETURNED, Reason.NOT_RETURNED),
        (AddElement("brands", ("b",), {}), NOT_RETURNED, Reason.NOT_RETURNED),
    ]
    assert [(finding.level, finding.code) for finding in difference.findings] == [(Level.WARNING, "not-returned")]


def test_an_attribute_is_emptied_by_removing_the_element_and_adding_it_again_with_all_it_had() -> None:
    live = Known(Elements({("1",): {"name": "A", "phone": "1", "email": "e"}}))
    difference = one(CONTACTS, Elements({("1",): {"name": "B", "phone": ""}}), live)
    assert [(change.stage, change.action) for change in difference.changes] == [
        (0, RemoveElement("contacts", ("1",))),
        (1, AddElement("contacts", ("1",), {"name": "B", "email": "e"})),
    ]
    assert [(finding.level, finding.code) for finding in difference.findings] == [(Level.WARNING, "element-reset")]


def test_an_attribute_that_cannot_be_emptied_blocks() -> None:
    live = Known(Elements({("ACME",): {"website": "www"}}))
    difference = one(BRANDS, Elements({("ACME",): {"website": ""}}), live)
    assert difference.changes == ()
    assert [(finding.level, finding.code) for finding in difference.findings] == [(Level.BLOCKED, "cannot-clear")]
    assert "website of ACME" in difference.findings[0].message


def test_an_attribute_that_is_unset_needs_no_emptying() -> None:
    assert one(BRANDS, Elements({("ACME",): {"website": ""}}), Known(Elements({("ACME",): {}}))) == Difference((), ())
    assert only(one(BRANDS, Elements({("ACME",): {"website": ""}}), ABSENT)).action == AddElement(
        "brands", ("ACME",), {}
    )


def test_elements_with_one_exclusive_key_are_removed_and_added_in_two_requests() -> None:
    live = Known(Elements({("A", "x"): {}, ("B", "x"): {}}))
    difference = one(PAIRS, Elements({("A", "y"): {}}), live)
    assert [(change.stage, change.action) for change in difference.changes] == [
        (0, RemoveElement("pairs", ("A", "x"))),
        (1, AddElement("pairs", ("A", "y"), {})),
        (1, RemoveElement("pairs", ("B", "x"))),
    ]


def test_elements_with_other_exclusive_keys_travel_together() -> None:
    difference = one(PAIRS, Elements({("B", "x"): {}}), Known(Elements({("A", "x"): {}})))
    assert [change.stage for change in difference.changes] == [0, 0]


def test_actions_that_start_a_process_are_sent_last_in_a_separate_request() -> None:
    live: dict[str, LiveValue] = {"channels": ABSENT, "brands": ABSENT}
    wanted = {"channels": Elements({("ORIGIN",): {}}), "brands": Elements({("a",): {}})}
    difference = diff([CHANNELS, BRANDS], wanted, live)
    assert [(change.stage, change.action.path) for change in difference.changes] == [(0, "brands"), (1, "channels")]
    assert difference.changes[1].risk is Risk.VISIBLE


def test_a_process_alone_is_the_first_request() -> None:
    change = only(one(CHANNELS, Elements({}), Known(Elements({("ORIGIN",): {}}))))
    assert (change.stage, change.risk) == (0, Risk.DESTRUCTIVE)


def test_an_element_that_cannot_be_distinguished_from_its_copies_blocks() -> None:
    copies = Known(Elements({("1",): {"name": "A"}}, frozenset({("1",)})))
    for wanted in (Elements({}), Elements({("1",): {"name": "A", "phone": "2"}})):
        difference = one(CONTACTS, wanted, copies)
        assert difference.changes == ()
        assert [finding.code for finding in difference.findings] == ["ambiguous-element"]


def test_copies_with_equal_desired_attributes_need_no_action() -> None:
    copies = Known(Elements({("1",): {"name": "A"}}, frozenset({("1",)})))
    assert one(CONTACTS, Elements({("1",): {"name": "A"}}), copies) == Difference((), ())


def test_an_element_that_looks_like_a_live_one_is_sent_with_a_warning() -> None:
    decomposed = unicodedata.normalize("NFD", "M\u00fcller")
    difference = one(BRANDS, Elements({(decomposed,): {}}), Known(Elements({("M\u00fcller",): {}, ("X",): {}})))
    assert [change.action for change in difference.changes] == [
        AddElement("brands", (decomposed,), {}),
        RemoveElement("brands", ("X",)),
        RemoveElement("brands", ("M\u00fcller",)),
    ]
    (found,) = [finding for finding in difference.findings if finding.code == "look-alike"]
    assert found.level is Level.WARNING
    assert f"{decomposed} (U+0308 COMBINING DIAERESIS) in brands looks like M\u00fcller, which is live" in found.message


def test_the_named_look_alike_does_not_depend_on_the_live_order() -> None:
    findings = {
        one(BRANDS, Elements({("acme",): {}}), Known(Elements({key: {} for key in keys}))).findings
        for keys in ([("ACME",), ("Acme",)], [("Acme",), ("ACME",)])
    }
    assert len(findings) == 1


def test_a_live_element_has_no_look_alike() -> None:
    live = Known(Elements({("ACME",): {}, ("acme",): {}}))
    (finding,) = one(BRANDS, Elements({("acme",): {}}), live).findings
    assert finding.code == "may-be-same"
    assert not one(BRANDS, Elements({("acme",): {}}), NOT_RETURNED).findings[1:]


DOCUMENTS = KeyedField(path="documents", key=("url",), rehosted=True)


@pytest.mark.parametrize(
    ("field", "wanted", "live"),
    [
        (BRANDS, "Acme", "ACME"),
        (BRANDS, "M\u00fcller", "Mu\u0308ller"),
        (BRANDS, "ACME", "ACME "),
        (BRANDS, "https://acme.example", "https://acme.example/"),
        (DOCUMENTS, "https://acme.example/a.pdf", "https://origin.example/copies/1/A.pdf?v=2"),
    ],
)
def test_an_element_that_may_be_the_same_is_removed_after_the_other_was_verified(
    field: KeyedField, wanted: str, live: str
) -> None:
    difference = one(field, Elements({(wanted,): {}}), Known(Elements({(live,): {}, ("other",): {}})))
    stages = {change.action: change.stage for change in difference.changes if isinstance(change.action, RemoveElement)}
    assert stages[RemoveElement(field.path, (live,))] == 1
    assert ("may-be-same", Level.WARNING) in [(f.code, f.level) for f in difference.findings]
    # The address of a copy may be any: other documents wait as well.
    assert stages[RemoveElement(field.path, ("other",))] == (1 if field is DOCUMENTS else 0)


def test_without_additions_extra_elements_are_removed_at_once() -> None:
    live = Known(Elements({("Acme",): {}, ("ACME",): {}}))
    for field in (BRANDS, DOCUMENTS, CHANNELS):
        difference = one(field, Elements({("Acme",): {}}), live)
        assert [change.stage for change in difference.changes] == [0]
        assert [(f.code, f.level) for f in difference.findings] == [("may-be-same", Level.WARNING)]
        assert "removes both" in difference.findings[0].message
        other = one(field, Elements({("Acme",): {}}), Known(Elements({("Acme",): {}, ("Other",): {}})))
        assert (other.changes[0].stage, other.findings) == (0, ())


def test_a_process_is_verified_before_an_element_that_may_be_the_same_is_removed() -> None:
    live: dict[str, LiveValue] = {CHANNELS.path: Known(Elements({("Origin",): {}})), BRANDS.path: ABSENT}
    wanted = {CHANNELS.path: Elements({("ORIGIN",): {}}), BRANDS.path: Elements({("A",): {}})}
    changes = diff([BRANDS, CHANNELS], wanted, live).changes
    assert [(change.action.path, change.stage) for change in changes] == [
        ("brands", 0),
        ("channels", 1),
        ("channels", 2),
    ]


def test_an_element_that_may_be_the_same_as_one_that_stays_is_removed_last() -> None:
    live: dict[str, LiveValue] = {
        BRANDS.path: Known(Elements({("Acme",): {}, ("ACME",): {}, ("Other",): {}})),
        CHANNELS.path: ABSENT,
    }
    wanted = {BRANDS.path: Elements({("Acme",): {}}), CHANNELS.path: Elements({("ORIGIN",): {}})}
    changes = diff([BRANDS, CHANNELS], wanted, live).changes
    assert [change.action for change in changes] == [
        RemoveElement("brands", ("Other",)),
        AddElement("channels", ("ORIGIN",), {}),
        RemoveElement("brands", ("ACME",)),
    ]
    assert [change.stage for change in changes] == [0, 1, 2]
