from datetime import date
from pathlib import Path

import pytest

from trueup.errors import Severity
from trueup.manifest.load import load_texts
from trueup.manifest.project import load_project
from trueup.manifest.rules import dated_warnings
from trueup.model.manifest import Manifest

TODAY = date(2026, 6, 30)
HEAD = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: ACME-1}\n"


def manifest(text: str) -> Manifest:
    loaded = load_texts(load_project(None, sandbox=True, cwd=Path("/")), [("a.yaml", f"{HEAD}{text}".encode())])
    assert loaded.diagnostics == ()
    (made,) = loaded.manifests
    return made


def warned(text: str, days: int = 60) -> list[str]:
    return [found.message for found in dated_warnings([manifest(text)], TODAY, days)]


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        ("2026-08-29", "expires on 2026-08-29, in 60 days."),
        ("2026-08-29T23:59:59", "expires on 2026-08-29, in 60 days."),
        ("2026-07-01", "expires on 2026-07-01, in 1 day."),
        ("2026-06-30", "expires on 2026-06-30, today."),
        ("2026-06-29", "expired on 2026-06-29, 1 day ago."),
        ("2010-09-15", "expired on 2010-09-15, 5,767 days ago."),
    ],
)
def test_a_date_that_is_near_or_past_is_a_warning_at_its_line(expires: str, words: str) -> None:
    (found,) = dated_warnings([manifest(f"spec:\n  url: ''\n  expiryDate: {expires}\n")], TODAY, 60)
    assert (found.code, found.severity, found.message) == (
        "expires-soon",
        Severity.WARNING,
        f"The certification {words}",
    )
    assert (str(found.position), found.path) == ("a.yaml:6:3", "spec.expiryDate")


@pytest.mark.parametrize(
    "text",
    [
        "spec: {expiryDate: 2026-08-30}",
        "spec: {expiryDate: ''}",
        "spec: {issueDate: 2010-09-15}",
        "lifecycle: {state: absent, reason: Gone.}",
        "spec: {expiryDate: 2010-09-15}\nlifecycle: {state: absent, reason: Gone.}",
        "spec: {expiryDate: 2010-09-15, channels: []}",
    ],
    ids=["far", "cleared", "unmanaged", "tombstone", "tombstone with a date", "withdrawn"],
)
def test_far_dates_tombstones_and_withdrawn_certifications_get_no_warning(text: str) -> None:
    assert warned(text) == []


def test_a_published_certification_and_one_of_unmanaged_channels_are_warned_of() -> None:
    assert len(warned("spec: {expiryDate: 2010-09-15, channels: [{name: ORIGIN}]}")) == 1
    assert len(warned("spec: {expiryDate: 2010-09-15}")) == 1


def test_the_number_of_days_ahead_is_given_and_past_dates_are_always_warned_of() -> None:
    assert warned("spec: {expiryDate: 2026-07-01}", days=0) == []
    assert len(warned("spec: {expiryDate: 2026-06-30}", days=0)) == 1
    assert len(warned("spec: {expiryDate: 2026-06-29}", days=0)) == 1
    assert len(warned("spec: {expiryDate: 2027-06-30}", days=365)) == 1
