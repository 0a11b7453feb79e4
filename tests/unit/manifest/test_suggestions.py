import pytest

from trueup.kinds.registry import KINDS
from trueup.manifest.suggestions import MOVED_FIELDS, RENAMED, did_you_mean, intended_date


def test_the_nearest_name_is_suggested_in_any_case() -> None:
    assert did_you_mean("integrationtypes", ["name", "integrationTypes"]) == "Did you mean 'integrationTypes'?"
    assert did_you_mean("Conector", ["Connector", "Certification"]) == "Did you mean 'Connector'?"


def test_nothing_is_suggested_if_no_name_is_similar() -> None:
    assert did_you_mean("zzz", ["name", "integrationTypes"]) == ""
    assert did_you_mean("name", []) == ""


def test_a_renamed_field_is_suggested_only_where_it_exists() -> None:
    assert did_you_mean("noOfDevelopers", ["noOfContributors"]) == "Did you mean 'noOfContributors'?"
    assert did_you_mean("noOfDevelopers", ["url"]) == ""


def test_no_field_is_in_two_lists() -> None:
    assert not RENAMED.keys() & MOVED_FIELDS.keys()
    assert not any(RENAMED.keys() & kind.read_only for kind in KINDS.values())


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("15.02.2024", "2024-02-15"),
        ("5.2.2024", "2024-02-05"),
        ("2024/2/15", "2024-02-15"),
        ("2024-2-5", "2024-02-05"),
        ("30.02.2024", ""),
        ("02/03/2024", ""),
        ("15.02.24", ""),
        ("soon", ""),
    ],
)
def test_a_date_in_another_notation_is_suggested_as_iso_8601_unless_day_and_month_are_unclear(
    text: str, date: str
) -> None:
    assert intended_date(text) == date
