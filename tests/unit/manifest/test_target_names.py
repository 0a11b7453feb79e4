from typing import Any

import pytest

from trueup.errors import Diagnostic
from trueup.manifest.positions import dotted
from trueup.manifest.target_names import choose_target, without_targets
from trueup.model.identity import ConnectTarget, Kind, OriginTarget
from trueup.model.position import Position
from unit.apply.fakes import certification, connector

HERE = Position("trueup.yaml", 1, 1)
EU = ConnectTarget(name="eu", api_url="", auth_url="", position=HERE)
US = ConnectTarget(name="us", api_url="", auth_url="", position=HERE)
SHOP = ConnectTarget(name="shop", api_url="", auth_url="", position=HERE, project_key="acme")
SANDBOX = ConnectTarget(name="try", api_url="", auth_url="", position=HERE, sandbox=True)
ORIGIN = OriginTarget(name="origin", base_url="", position=HERE)


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _choose(kind: Kind, metadata: dict[str, object], *targets: ConnectTarget | OriginTarget) -> object:
    return choose_target(kind, metadata, {target.name: target for target in targets}, _PathAsPosition())


def _problem(kind: Kind, metadata: dict[str, object], *targets: ConnectTarget | OriginTarget) -> Diagnostic:
    found = _choose(kind, metadata, *targets)
    assert isinstance(found, Diagnostic)
    return found


def test_the_only_target_of_the_platform_needs_no_name() -> None:
    assert _choose(Kind.CONNECTOR, {}, EU, ORIGIN) is EU
    assert _choose(Kind.CERTIFICATION, {}, EU, US, ORIGIN) is ORIGIN


def test_a_named_target_is_taken() -> None:
    assert _choose(Kind.CONNECTOR, {"target": "us"}, EU, US, ORIGIN) is US


def test_without_targets_none_is_chosen_and_there_is_no_error() -> None:
    assert _choose(Kind.CONNECTOR, {"target": "anything"}) is None


def test_several_targets_need_a_name() -> None:
    problem = _problem(Kind.CONNECTOR, {}, EU, US)
    assert (problem.code, problem.path, str(problem.position)) == (
        "ambiguous-target",
        "metadata.target",
        "metadata:1:1",
    )
    assert "eu, us" in problem.allowed


def test_a_platform_without_a_target_is_named() -> None:
    problem = _problem(Kind.CERTIFICATION, {}, EU)
    assert problem.code == "missing-target"
    assert "platform: origin" in problem.hint


@pytest.mark.parametrize(("name", "hint"), [("uss", "Did you mean 'us'?"), ("origin-2", "")])
def test_an_unknown_target_is_compared_with_those_of_the_platform(name: str, hint: str) -> None:
    problem = _problem(Kind.CONNECTOR, {"target": name}, EU, US, ORIGIN)
    assert (problem.code, problem.hint, problem.path) == ("unknown-target", hint, "metadata.target")
    assert problem.allowed == "One of eu, us."


def test_a_target_of_another_platform_is_refused() -> None:
    problem = _problem(Kind.CONNECTOR, {"target": "origin"}, EU, ORIGIN)
    assert problem.code == "wrong-platform"
    assert "a Connector needs platform connect" in problem.message


@pytest.mark.parametrize("metadata", [{}, {"target": "eu"}])
def test_a_deployment_needs_a_target_with_a_project(metadata: dict[str, object]) -> None:
    problem = _problem(Kind.DEPLOYMENT, metadata, EU, ORIGIN)
    assert (problem.code, problem.path) == ("incomplete-target", "metadata.target")
    assert problem.message == "The target 'eu' has no projectKey, which a Deployment needs."
    assert problem.hint == "Add projectKey: KEY to the target eu in trueup.yaml."


def test_only_targets_with_a_project_are_candidates_for_a_deployment() -> None:
    assert _choose(Kind.DEPLOYMENT, {}, EU, SHOP, ORIGIN) is SHOP
    assert _choose(Kind.DEPLOYMENT, {"target": "shop"}, EU, SHOP) is SHOP
    assert _problem(Kind.DEPLOYMENT, {"target": "shp"}, EU, SHOP, ORIGIN).allowed == "One of shop."
    assert _problem(Kind.CONNECTOR, {}, EU, SHOP).code == "ambiguous-target"


def test_a_target_of_the_embedded_sandbox_has_a_project() -> None:
    assert _choose(Kind.DEPLOYMENT, {}, SANDBOX) is SANDBOX


def test_without_targets_there_is_one_error_with_a_hint_for_each_kind() -> None:
    manifests = [connector("a"), connector("b"), certification("E1")]
    without_file = without_targets(manifests, {}, None)
    assert [(p.code, "--project" in p.hint, "--sandbox" in p.hint) for p in without_file] == [
        ("missing-target", True, True)
    ] * 2
    hints = [p.hint for p in without_targets(manifests, {}, _PathAsPosition())]
    assert ["platform: connect" in hints[0], "platform: origin" in hints[1]] == [True, True]
    assert without_targets(manifests, {"eu": EU}, None) == ()
