"""Read every draft of an organization, whoever wants it."""

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
def test_everything_costs_a_token_and_the_pages(size: int, pages: int) -> None:
    network = Network(Organization([draft(f"k{number}") for number in range(size)]))
    survey = network.surveying()
    assert network.paths == ["POST /oauth/token"] + [PAGE] * pages
    assert kinds(survey) == {f"k{number}": Live for number in range(size)}
    assert (survey.nameless, survey.complete) == ((), True)


def test_identities_are_those_of_manifests() -> None:
    survey = Network(Organization([draft("a")])).surveying()
    assert list(survey.readings) == [connector("a").identity]


def test_drafts_without_a_key_and_twins_are_told_apart() -> None:
    drafts = [draft("twin", 1), draft("twin", 2), draft(None, 1), draft("", 2), draft("a")]
    survey = Network(Organization(drafts)).surveying()
    assert kinds(survey) == {"twin": Unreadable, "a": Live}
    assert survey.nameless == ("id--2", "id-None-1")


def test_a_draft_that_cannot_be_read_spoils_no_other() -> None:
    survey = Network(Organization([draft("a"), draft("odd", name={"not": "text"})])).surveying()
    assert kinds(survey) == {"a": Live, "odd": Unreadable}


def test_a_restless_organization_is_listed_again_and_the_rest_said_to_be_missing() -> None:
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
def test_what_no_offset_reaches_is_said_to_be_missing() -> None:
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
