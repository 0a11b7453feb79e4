"""Changes by others during an apply are reported, even in fields that were not written."""

from trueup.apply.attempt import WRITE_UNCERTAIN
from trueup.apply.context import ApplyOptions
from trueup.apply.state import DRIFTED
from trueup.errors import Rejected, Unavailable
from trueup.model.run import Status
from trueup.model.value import Elements, Known
from unit.apply.fakes import CERTIFICATION, Target, after_edit, certification, connector, lost_before, refusing, scene


def test_a_field_that_another_writer_set_is_reported_even_if_no_action_can_empty_it() -> None:
    epd = certification("ACME-EPD-001", {**CERTIFICATION, "issueDate": ""})
    origin = Target(versioned=False)
    origin.hold(epd, url="https://old.example")
    origin.faults = [after_edit(epd, "issueDate", "2024-02-02")]
    (outcome,) = scene(origin).apply(scene(origin).plan(epd))
    assert outcome.status is Status.APPLIED
    assert [(r.path, r.now, r.note) for r in outcome.fields] == [("issueDate", Known("2024-02-02"), DRIFTED)]


def test_a_field_that_another_writer_changed_meanwhile_is_reported() -> None:
    epd = certification("ACME-EPD-001")
    origin = Target(versioned=False)
    origin.hold(epd, url="https://old.example")
    origin.faults = [after_edit(epd, "standard.code", "ISO 9001")]
    (outcome,) = scene(origin).apply(scene(origin).plan(epd))
    assert [(r.path, r.now, r.note) for r in outcome.fields] == [("standard.code", Known("ISO 9001"), DRIFTED)]


def test_an_attribute_that_another_writer_set_although_it_is_to_be_empty_is_reported() -> None:
    wanted = {"externalId": "C1", "companyName": "ACME Inc.", "phone": ""}
    epd = certification("ACME-EPD-001", {**CERTIFICATION, "contacts": [wanted]})
    origin = Target(versioned=False)
    origin.hold(epd, url="https://old.example", contacts=Elements({("C1",): {"companyName": "ACME Inc."}}))
    theirs = Elements({("C1",): {"companyName": "ACME Inc.", "phone": "1-999-1"}})
    origin.faults = [after_edit(epd, "contacts", theirs)]
    (outcome,) = scene(origin).apply(scene(origin).plan(epd))
    assert [(r.path, r.now, r.note) for r in outcome.fields] == [("contacts", Known(theirs), DRIFTED)]


def test_a_lost_write_is_unknown_although_others_have_meanwhile_blocked_the_resource() -> None:
    epd = certification("ACME-EPD-001", {**CERTIFICATION, "issueDate": ""})
    origin = Target(versioned=False)
    origin.hold(epd, url="https://old.example")
    origin.faults = [after_edit(epd, "issueDate", "2024-02-02", lost_before)]
    (outcome,) = scene(origin).apply(scene(origin).plan(epd), ApplyOptions(readback_seconds=1))
    assert (outcome.status, outcome.message, len(origin.writes)) == (Status.UNKNOWN, WRITE_UNCERTAIN, 1)
    assert any("issueDate" in detail for detail in outcome.details)


def test_an_attempt_that_is_refused_after_a_lost_one_is_unknown() -> None:
    tax = connector("acme-tax")
    eu = Target()
    eu.hold(tax, name="Old")
    eu.faults = [lost_before, refusing(Unavailable("No connection."))]
    (outcome,) = scene(eu).apply(scene(eu).plan(tax))
    assert (outcome.status, outcome.message, outcome.details) == (Status.UNKNOWN, WRITE_UNCERTAIN, ("No connection.",))


def test_a_lost_attempt_no_longer_counts_once_the_version_has_changed() -> None:
    tax = connector("acme-tax")
    eu = Target()
    eu.hold(tax, name="Old")
    eu.faults = [after_edit(tax, "documentationUrl", "https://theirs.example", lost_before), refusing(Rejected("No."))]
    (outcome,) = scene(eu).apply(scene(eu).plan(tax))
    assert outcome.status is Status.FAILED
