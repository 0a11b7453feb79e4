"""Whatever the platforms turn out to be like, the quickstart converges or stops with a reason that people understand.

Each switch of the sandbox stands for something that the documentation does not say. What people are told must name the
thing itself, in its own words, and never the switch.

Deployments are left out: what each of their switches changes is tried in ``tests/unit/kinds`` and in simulated runs.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from acceptance.commands import QUICKSTART
from rig import PAUSE, Estate, Rig
from simulation.invariants.evidence import Invariant
from simulation.places import CONNECT, ORIGIN
from simulation.runner import MEMORY_DISK
from simulation.switches import UNHANDLED, choices
from trueup.model.run import Status
from trueup.plan.digest import SENT
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.text import render_text

pytestmark = pytest.mark.slow

MOST: Final = 5
"""How many applies it may take until nothing changes any more."""

REPOSITORIES: Final = ("git@github.com:acme/connect-tax.git", "https://github.com/acme/connect-psp.git")
OURS: Final[Mapping[str, tuple[Any, ...]]] = {
    "repositories": tuple(
        dict.fromkeys(REPOSITORIES, why) for why in ("unreachable", "no-specification", "invalid-specification")
    ),
    "results": ({"acme-tax": {"preview": "false", "publish": "Failed", "certification": "Failed"}},),
}
"""Values that name what the quickstart holds."""

VALUES: Final = {**choices(), **OURS}

REASONS: Final[Mapping[str, str]] = {
    "granted_scopes": r"manage_connectors for changing|refused these credentials",
    "refused_clients": r"The client id or its secret is wrong|same as Connector",
    "repositories": r"The repository or the tag does not exist|connect\.yaml|specification file not (found|valid)",
    "preview_result": r"rejected a preview|rejected or canceled the preview",
    "publish_result": r"failed to publish",
    "certification_result": r"failed to publish",
    "results": r"rejected a preview",
    "odd_enum": r"status is unknown",
    "lost_key": r"A draft without a key has the same",
    "comment_outside_certification": r"addCertificationComment: The ConnectorStaged is not in certification",
    "origin_document_urls": r"may be what the platform makes of|may be its form of this value",
    "origin_tokens": r"The access token is wrong or does not allow this|same as Certification",
    "origin_forbidden_tokens": r"The access token is wrong or does not allow this|same as Certification",
    "origin_document_limit": r"The limit of the account's package is reached",
    "origin_reporting_bodies": r"reportingBody\.name 'Veritas'.*accepts only names and codes that it knows",
    "origin_standards": r"standard\.code 'EPD'.*accepts only names and codes that it knows",
    "origin_omitted_fields": r"not returned by the platform|does not return",
    "origin_async_messages": r"the platform gives no reason; run without --async to get one",
    "origin_result_retention": r"its result cannot be read",
}
"""Which words people must read when a platform of this kind keeps a resource from being as its manifest wants it."""

WITH_OTHERS: Final = {"origin_result_retention", "origin_async_messages", "comment_outside_certification"}
"""Reasons that only come up where another switch stops something as well."""

OF_ITS_OWN: Final = r'the platform cannot go back to "all regions"'
"""The quickstart shows a blocked connector, whatever the platform is like."""

LIFECYCLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "acme-tax": {"previewable": True, "publish": "private"},
    "acme-psp": {"previewable": True, "publish": "certified", "certificationComments": ["Ready for review."]},
    "acme-mail": {"state": "absent", "reason": "No longer offered."},
    "acme-search": {"publish": "none", "listed": False},
    "13949a9b-ee17-4760-93e9-7749ff2faa79": {"state": "absent", "reason": "Expired."},
}
"""What the quickstart does not ask for and a platform has to do as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which the quickstart is carried out."""

    busy: bool = False
    asynchronous: bool = False
    batch: int = 1


PLAIN, BUSY = Way(), Way(busy=True, asynchronous=True)


@cache
def manifests(*, busy: bool) -> tuple[str, ...]:
    """Return the quickstart's manifests, for the names that the targets have here."""
    files = sorted([*QUICKSTART.glob("connectors/*.yaml"), *QUICKSTART.glob("certifications/*.yaml")])
    texts = tuple(file.read_text().replace("target: connect-eu", f"target: {CONNECT}") for file in files)
    return tuple(_busy(texts)) if busy else texts


@cache
def live() -> Mapping[str, Any]:
    seed = yaml.safe_load((QUICKSTART / "live.yaml").read_text())
    return {CONNECT: {"connectors": seed["connectors"]}, ORIGIN: {"certifications": seed["certifications"]}}


def estate(switches: Mapping[str, Any], way: Way) -> Estate:
    return Estate(
        texts=manifests(busy=way.busy),
        live=live(),
        switches=switches,
        asynchronous=way.asynchronous,
        batch=way.batch,
    )


def _busy(texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        for document in yaml.safe_load_all(text):
            name = next(v for k, v in document["metadata"].items() if k in {"key", "externalId", "originId"})
            # JSON is YAML, and has no dates of its own.
            yield json.dumps({**document, "lifecycle": LIFECYCLES.get(name, {})}, default=lambda day: day.isoformat())


def told_until_quiet(rig: Rig) -> dict[str, str]:
    """Apply until nothing changes any more; return what a terminal shows of each resource that is not as wanted."""
    before: Any = None
    for _ in range(MOST):
        rig.pass_time(PAUSE)
        attempt = rig.apply().attempt
        assert attempt.plan is not None
        assert attempt.outcomes is not None
        ended = [(outcome.identity, outcome.status, outcome.left) for outcome in attempt.outcomes]
        if ended == before or not any(resource.verdict in SENT for resource in attempt.plan.resources):
            break
        before = ended
    else:
        pytest.fail(f"after {MOST} applies it still moves: {before}")
    shown = {}
    for outcome in attempt.outcomes:
        # In truth, and not only as it is reported.
        misses = rig.misses(rig.world.history.slot_of_identity(outcome.identity))
        if misses or outcome.status is not Status.UNCHANGED:
            planned = next(r for r in attempt.plan.resources if r.identity == outcome.identity)
            shown[outcome.identity.value] = _text(plan_tree(replace(attempt.plan, resources=(planned,))))
            shown[outcome.identity.value] += _text(outcome_tree(attempt.plan, [outcome]))
    return shown


def _text(tree: Any) -> str:
    return " ".join(render_text(tree, width=160, color=False, verbose=True).split())


def _unasked(way: Way) -> set[Invariant]:
    """Return what the invariants do not decide here: who converges, and the halves of one batch under one intent."""
    return {Invariant.CONVERGENCE} | ({Invariant.JOURNAL} if way.batch > 1 else set())


def assert_convergence(switches: Mapping[str, Any], way: Way) -> dict[str, str]:
    """Carry the quickstart out under these switches; return what was told, after looking at every word of it."""
    disk = MEMORY_DISK if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="trueup-switches-", dir=disk) as folder:
        rig = Rig(estate(switches, way), Path(folder))
        try:
            shown = told_until_quiet(rig)
            violations = [violation for violation in rig.violations() if violation.invariant not in _unasked(way)]
        finally:
            rig.close()
    assert [(str(violation.invariant), violation.text) for violation in violations] == []
    reasons = [OF_ITS_OWN, *(REASONS[name] for name in switches if name in REASONS)]
    for name, text in shown.items():
        assert any(re.search(reason, text) for reason in reasons), f"{name} stops, and this says not why: {text}"
        named = [switch for switch in VALUES if "_" in switch and re.search(rf"\b{switch}\b", text)]
        assert not named, f"{name}: people do not know what {named} is: {text}"
    return shown


CASES: Final = [pytest.param(name, value, id=f"{name}={value}") for name, values in VALUES.items() for value in values]
HANDLED: Final = {
    name: [value for value in values if value not in UNHANDLED.get(name, ())] for name, values in VALUES.items()
}


@pytest.mark.parametrize("way", [PLAIN, BUSY], ids=["as it is", "busy"])
@pytest.mark.parametrize(("name", "value"), CASES)
def test_the_quickstart_converges_or_says_why_not(name: str, value: object, way: Way) -> None:
    assert_convergence({name: value}, way)


@given(
    switches=st.fixed_dictionaries({}, optional={n: st.sampled_from(v) for n, v in HANDLED.items() if v}),
    way=st.builds(Way, busy=st.booleans(), asynchronous=st.booleans(), batch=st.sampled_from((1, 5))),
)
# One example carries the whole quickstart out two to five times, which is a fifth of a second.
@settings(max_examples=settings().max_examples // 10 + 30)
def test_all_switches_together_converge_or_say_why_not(switches: Mapping[str, Any], way: Way) -> None:
    assert_convergence(switches, way)


@pytest.mark.parametrize("name", sorted(REASONS.keys() - WITH_OTHERS))
def test_each_reason_is_given_somewhere(name: str) -> None:
    told = [
        text
        for way in (PLAIN, BUSY)
        for value in VALUES[name]
        for text in assert_convergence({name: value}, way).values()
    ]
    assert any(re.search(REASONS[name], text) for text in told)
