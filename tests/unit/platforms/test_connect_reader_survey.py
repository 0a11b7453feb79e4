"""The survey: every draft of an organization."""

import httpx
import pytest

from trueup.errors import Unavailable
from trueup.model.live import Live, Reading, Unreadable
from trueup.model.reader import Survey
from unit.platforms.doubles import Network, Organization, connector, draft, html

PAGE = "GET /connectors/drafts"


def kinds(survey: Survey) -> dict[str, type[Reading]]:
    return {identity.value: type(reading) for identity, reading in survey.readings.items()}


@pytest.mark.parametrize(("size", "pages"), [(0, 1), (1, 1), (500, 1), (501, 2), (1200, 3)])
def test_a_survey_costs_a_token_and_the_pages(size: int, pages: int) -> None:
    network = Network(Organization([draft(f"k{number}") for number in range(size)]))
    survey = network.surveying()
    assert network.paths == ["POST /oauth/token"] + [PAGE] * pages
    assert kinds(survey) == {f"k{number}": Live for number in range(size)}
    assert (survey.nameless, survey.complete) == ((), True)


def test_identities_are_those_of_manifests() -> None:
    survey = Network(Organization([draft("a")])).surveying()
    assert list(survey.readings) == [connector("a").identity]


def test_drafts_without_a_key_and_duplicate_keys_are_reported() -> None:
    drafts = [draft("twin", 1), draft("twin", 2), draft(None, 1), draft("", 2), draft("a")]
    survey = Network(Organization(drafts)).surveying()
    assert kinds(survey) == {"twin": Unreadable, "a": Live}
    assert survey.nameless == ("id--2", "id-None-1")


def test_an_unreadable_draft_does_not_affect_others() -> None:
    survey = Network(Organization([draft("a"), draft("odd", name={"not": "text"})])).surveying()
    assert kinds(survey) == {"a": Live, "odd": Unreadable}


def test_a_listing_that_keeps_changing_is_repeated_and_then_incomplete() -> None:
    def churn(organization: Organization, number: int) -> None:
        if number in restless:
            del organization.drafts[:60]

    restless = {2}
    survey = Network(Organization([draft(f"k{number}") for number in range(1200)], on_page=churn)).surveying()
    assert (survey.complete, len(survey.readings)) == (True, 1140)
    restless = {2, 5}
    survey = Network(Organization([draft(f"k{number}") for number in range(1200)], on_page=churn)).surveying()
    assert not survey.complete


@pytest.mark.slow
def test_a_listing_beyond_the_offsets_is_incomplete() -> None:
    network = Network(Organization([draft(f"k{number}") for number in range(21_600)]))
    survey = network.surveying()
    assert (survey.complete, len(survey.readings)) == (False, 21_000)
    assert network.paths.count(PAGE) == 42


def test_a_listing_that_fails_is_an_error_of_the_target() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return html(502) if "offset=500" in str(request.url) else inner(request)

    inner = Organization([draft(f"k{number}") for number in range(700)])
    with pytest.raises(Unavailable):
        Network(answer).surveying()
