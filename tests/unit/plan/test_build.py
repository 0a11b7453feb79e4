"""Build the plan of a run."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from trueup.errors import InvalidInput, NotAuthorised
from trueup.kinds.registry import KINDS
from trueup.model.action import AddComment, Level, Publish, RequestPreview
from trueup.model.identity import SANDBOX, Identity, IdField, Kind, Platform, TargetAddress
from trueup.model.live import Missing, Unreadable
from trueup.model.manifest import LifecycleSpec, PublishTo, State
from trueup.model.plan import Forecast, ForecastWait, Plan, Verdict
from trueup.model.reader import ReadAll, Wanted
from trueup.plan.build import build_plan
from unit.apply.fakes import CERTIFICATION, Target, certification, connector


def test_resources_are_sorted_by_identity_and_counted_by_target() -> None:
    manifests = [certification("E1"), connector("b"), connector("a")]
    plan = asyncio.run(build_plan(manifests, {"eu": Target(), "origin": Target(versioned=False)}))
    assert [r.identity.value for r in plan.resources] == ["a", "b", "E1"]
    assert plan.unmanaged == {"eu": 0, "origin": 0}


def test_targets_are_read_side_by_side() -> None:
    """Each reader answers only after the other was called: sequential reads would never end."""
    asked = {"eu": asyncio.Event(), "us": asyncio.Event()}

    @dataclass
    class Meeting(Target):
        own: str = ""
        other: str = ""

        async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
            asked[self.own].set()
            async with asyncio.timeout(5):
                await asked[self.other].wait()
            return ReadAll(readings={w.identity: Missing() for w in wanted})

    readers = {"eu": Meeting(own="eu", other="us"), "us": Meeting(own="us", other="eu")}
    plan = asyncio.run(build_plan([connector("a"), connector("a", target="us")], readers))
    assert [r.verdict for r in plan.resources] == [Verdict.CREATE, Verdict.CREATE]
    assert plan.unmanaged == {}


def test_progress_is_reported_by_target() -> None:
    reported: list[tuple[str, int]] = []
    manifests = [connector("a"), connector("b")]
    asyncio.run(build_plan(manifests, {"eu": Target()}, on_read=lambda target, count: reported.append((target, count))))
    assert reported == [("eu", 2)]


def test_a_target_that_cannot_be_read_does_not_hide_the_others() -> None:
    class Closed(Target):
        async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
            return ReadAll(readings={w.identity: Unreadable(NotAuthorised("Not accepted.")) for w in wanted})

    plan = asyncio.run(build_plan([connector("a"), connector("b", target="us")], {"eu": Closed(), "us": Target()}))
    assert [(r.verdict, r.error) for r in plan.resources] == [
        (Verdict.UNREADABLE, "Not accepted."),
        (Verdict.CREATE, ""),
    ]


def test_two_manifests_of_one_identity_are_refused() -> None:
    with pytest.raises(InvalidInput, match="described twice"):
        asyncio.run(build_plan([connector("a"), connector("a")], {"eu": Target()}))


def test_two_manifests_that_reach_one_live_resource_are_both_blocked() -> None:
    one = certification("E1")
    other = replace(one, identity=Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, "id-E1"))
    origin = Target(versioned=False)
    origin.hold(one, url="https://old.example")
    origin.live[other.identity] = origin.live[one.identity]
    plan = asyncio.run(build_plan([one, other], {"origin": origin}))
    assert [r.verdict for r in plan.resources] == [Verdict.BLOCKED, Verdict.BLOCKED]
    assert plan.forecast.requests == 0


def test_one_draft_through_two_targets_of_an_organization_is_blocked_for_both() -> None:
    one, other = connector("a"), connector("a", target="us")
    eu = Target()
    eu.hold(one, name="Old")
    us = Target(live={other.identity: eu.live[one.identity]})

    def planned(here: str, there: str) -> Plan:
        places = {
            name: TargetAddress(platform=Platform.CONNECT, address=address)
            for name, address in (("eu", here), ("us", there))
        }
        return asyncio.run(build_plan([one, other], {"eu": eu, "us": us}, places=places))

    blocked = planned("https://a.example", "https://a.example")
    assert [resource.verdict for resource in blocked.resources] == [Verdict.BLOCKED, Verdict.BLOCKED]
    assert [found.finding.message.partition(", and")[0] for r in blocked.resources for found in r.findings] == [
        "It is the same live resource (id-a) as Connector a on us",
        "It is the same live resource (id-a) as Connector a on eu",
    ]
    # Ids of different platforms say nothing, and each target has its own part of the embedded sandbox.
    for addresses in (("https://a.example", "https://b.example"), (SANDBOX, SANDBOX)):
        assert {resource.verdict for resource in planned(*addresses).resources} == {Verdict.UPDATE}


@pytest.mark.parametrize(
    ("lifecycle", "verdicts"),
    [
        (LifecycleSpec(), {Verdict.UPDATE}),
        # A deletion deletes all languages.
        (LifecycleSpec(state=State.ABSENT, reason="Replaced."), {Verdict.BLOCKED}),
    ],
)
def test_two_languages_of_one_certification_may_have_a_target_each(
    lifecycle: LifecycleSpec, verdicts: set[Verdict]
) -> None:
    one = certification("E1")
    other = replace(certification("E1", target="german", lifecycle=lifecycle), locale="de")
    origin = Target(versioned=False)
    origin.hold(one, url="https://old.example")
    german = Target(versioned=False, live={other.identity: origin.live[one.identity]})
    address = TargetAddress(platform=Platform.ORIGIN, address="https://origin.example")
    places = dict.fromkeys(("origin", "german"), address)
    plan = asyncio.run(build_plan([one, other], {"origin": origin, "german": german}, places=places))
    assert {resource.verdict for resource in plan.resources} == verdicts


def test_the_forecast_counts_a_request_a_stage_and_the_readings_around_it() -> None:
    epd = certification("E1", {**CERTIFICATION, "channels": [{"name": "ORIGIN"}]})
    eu, origin = Target(), Target(versioned=False)
    eu.hold(connector("a"), name="Old")
    plan = asyncio.run(build_plan([connector("a"), epd], {"eu": eu, "origin": origin}))
    assert plan.forecast == Forecast(requests=1 + 5, seconds=1.25)


def test_the_forecast_has_the_processes_with_the_longest_time_of_the_kind() -> None:
    keys = ("a", "b", "c")
    lifecycle = LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE)
    manifests = [connector(key, lifecycle=lifecycle if key != "c" else LifecycleSpec(previewable=True)) for key in keys]
    # A comment takes effect at once, so it is no wait.
    manifests.append(connector("d", lifecycle=LifecycleSpec(certification_comments=("Please review.",))))
    eu = Target()
    for manifest in manifests:
        eu.hold(manifest, name="Old")
    plan = asyncio.run(build_plan(manifests, {"eu": eu}))
    assert AddComment("Please review.") in [planned.action for planned in plan.resources[-1].actions]
    rows = KINDS[Kind.CONNECTOR].lifecycle.rows
    assert plan.forecast.waits == (
        ForecastWait(process="preview", count=3, seconds=rows[RequestPreview].seconds or 0),
        ForecastWait(process="publication", count=2, seconds=rows[Publish].seconds or 0),
    )


def test_an_unchanged_plan_needs_no_request() -> None:
    eu = Target()
    eu.hold(connector("a"))
    assert asyncio.run(build_plan([connector("a")], {"eu": eu})).forecast == Forecast(requests=0, seconds=0)


def test_a_creation_warns_of_a_live_look_alike() -> None:
    class Alike(Target):
        async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
            return ReadAll(readings={w.identity: Missing(alike="E-1") for w in wanted})

    wanted = certification("E\u20131")
    (planned,) = asyncio.run(build_plan([wanted], {"origin": Alike(versioned=False)})).resources
    warned = [found.finding for found in planned.findings if found.finding.code == "look-alike"]
    assert [(found.level, found.path) for found in warned] == [(Level.WARNING, "")]
    assert "E\u20131 (U+2013 EN DASH) does not exist, but E-1, which looks the same, is live." in warned[0].message
    assert "a second one is created" in warned[0].message
    gone = replace(wanted, lifecycle=replace(wanted.lifecycle, state=State.ABSENT))
    (kept,) = asyncio.run(build_plan([gone], {"origin": Alike(versioned=False)})).resources
    assert (kept.verdict, [found.finding.code for found in kept.findings]) == (Verdict.UNCHANGED, ["look-alike"])
    assert "is created" not in kept.findings[0].finding.message


def test_a_resource_that_cannot_be_read_says_what_to_give_to_the_support_of_the_platform() -> None:
    error = NotAuthorised("eu: no token.", status=401, correlation_id="trueup-1")

    class Failing(Target):
        async def read_all(self, wanted: Sequence[Wanted]) -> ReadAll:
            return ReadAll(readings={one.identity: Unreadable(error) for one in wanted})

    (resource,) = asyncio.run(build_plan([connector("a")], {"eu": Failing()})).resources
    assert resource.error == "eu: no token. For the platform's support: correlation id trueup-1."
