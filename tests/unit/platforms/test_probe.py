"""The cheapest questions to each platform."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import httpx
import pytest

from trueup.errors import NotAuthorised, UnexpectedAnswer
from trueup.model.identity import ConnectTarget, Kind, OriginTarget
from trueup.model.reader import Probe, ScopeNeed, TargetUse, TokenInfo
from unit.platforms.doubles import CONNECT, ENV, ORIGIN, Network, granted

T = TypeVar("T")

SHOP = replace(CONNECT, project_key="shop")


def probing(
    network: Network, use: Callable[[Probe], Awaitable[T]], target: ConnectTarget | OriginTarget = CONNECT
) -> T:
    async def run() -> T:
        async with network.open(target) as platforms:
            return await use(platforms.probes[target.name])

    return asyncio.run(run())


def issuing(**members: object) -> Network:
    body = {"access_token": "issued-token", "token_type": "Bearer", "expires_in": 3600, **members}
    return Network(lambda _: httpx.Response(200, json=body))


def token(**members: object) -> TokenInfo:
    network = issuing(**members)
    found = probing(network, lambda probe: probe.token())
    assert network.paths == ["POST /oauth/token"]
    return found


def held(info: TokenInfo) -> dict[TargetUse, tuple[str, ...]]:
    assert info.needs is not None
    return {need.use: need.held for need in info.needs}


def test_the_scopes_of_a_token_are_those_of_its_answer() -> None:
    info = token(scope="view_products:acme view_connectors:acme")
    assert info.life == 3600
    assert held(info) == {TargetUse.READ: ("view_connectors:acme",), TargetUse.WRITE: ()}
    assert info.projects == {"acme"}
    assert info.needs is not None
    scopes = ("manage_connectors", "manage_project")
    assert info.needs[-1] == ScopeNeed(kind=Kind.CONNECTOR, use=TargetUse.WRITE, scopes=scopes, held=())


@pytest.mark.parametrize(
    ("scope", "deployments", "noted"),
    [
        ("manage_project:shop", [("manage_project:shop",)] * 2, True),
        ("manage_connectors:shop", [(), ()], True),
        ("view_connectors_deployments:shop manage_connectors:shop", [("view_connectors_deployments:shop",), ()], True),
        ("manage_project:shop manage_api_clients:shop", [("manage_project:shop",)] * 2, False),
        # Drafts are of the organization, and deployments of one project.
        ("manage_project:outlet", [(), ()], True),
    ],
)
def test_deployments_need_scopes_of_their_own_for_their_project(
    scope: str, deployments: list[tuple[str, ...]], *, noted: bool
) -> None:
    network = issuing(scope=scope)
    info = probing(network, lambda probe: probe.token({Kind.DEPLOYMENT}), SHOP)
    assert info.needs is not None
    assert [need.held for need in info.needs if need.kind is Kind.DEPLOYMENT] == deployments
    assert [len(need.held) for need in info.needs if need.kind is Kind.CONNECTOR] == [1, 1]
    assert [note.partition(" ")[0] for note in info.notes] == ["manage_api_clients:shop"] * noted


@pytest.mark.parametrize("members", [{}, {"scope": None}, {"scope": ["manage_project:acme"]}])
def test_an_answer_that_names_no_scopes_proves_nothing(members: dict[str, object]) -> None:
    assert token(**members).needs is None


@pytest.mark.parametrize("scope", ["", f"manage_project:{'x' * 200}", "manage_project_extended:acme"])
def test_a_text_that_is_no_scope_of_drafts_allows_nothing(scope: str) -> None:
    info = token(scope=scope)
    assert held(info) == {TargetUse.READ: (), TargetUse.WRITE: ()}
    assert info.projects == frozenset()


def test_a_secret_in_place_of_a_project_is_masked() -> None:
    info = token(scope=f"manage_project:{ENV['CTP_CLIENT_SECRET']} manage_connectors:{ENV['CTP_CLIENT_ID']}")
    assert held(info)[TargetUse.READ] == ("manage_project:***", "manage_connectors:***")


@pytest.mark.parametrize(("total", "words"), [(1, "1 connector draft"), (1200, "1,200 connector drafts")])
def test_drafts_are_counted_without_reading_one(total: int, words: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        assert str(request.url).endswith("/connectors/drafts?limit=0")
        return httpx.Response(200, json={"limit": 0, "offset": 0, "count": 0, "total": total, "results": []})

    assert probing(Network(answer), lambda probe: probe.ping()) == words


def test_deployments_are_counted_when_there_are_manifests_of_them() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        assert request.url.query == b"limit=0"
        return httpx.Response(200, json={"total": 1 if request.url.path == "/shop/deployments" else 12})

    network = Network(answer)
    found = probing(network, lambda probe: probe.ping({Kind.CONNECTOR, Kind.DEPLOYMENT}), SHOP)
    assert found == "12 connector drafts and 1 deployment"
    assert network.paths == ["POST /oauth/token", "GET /connectors/drafts", "GET /shop/deployments"]


def test_a_page_without_a_total_is_an_unexpected_answer() -> None:
    with pytest.raises(UnexpectedAnswer, match="eu: the page of connector drafts lacks its total"):
        probing(issuing(), lambda probe: probe.ping())


def test_nothing_is_known_of_a_token_of_origin_and_nothing_is_asked() -> None:
    network = issuing()
    assert probing(network, lambda probe: probe.token(), ORIGIN) == TokenInfo()
    assert network.requests == []


def test_origin_is_searched_for_what_no_one_has() -> None:
    body = {"status": {"state": "SUCCESS"}, "result": {"searchInfo": {"numberOfElements": "0"}, "data": []}}
    network = Network(lambda _: httpx.Response(200, json=body))
    assert probing(network, lambda probe: probe.ping(), ORIGIN) == "a search was answered"
    assert "00000000-0000-0000-0000-000000000000" in str(network.bodies())


def test_a_refused_token_of_origin_is_not_authorised() -> None:
    body = {"status": {"state": "ERROR", "code": "CE00002 - Not authorised", "messages": []}}
    network = Network(lambda _: httpx.Response(401, json=body))
    with pytest.raises(NotAuthorised):
        probing(network, lambda probe: probe.ping(), ORIGIN)
