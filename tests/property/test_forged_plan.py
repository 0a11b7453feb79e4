"""No value of a saved plan can be changed so that an apply sends anything but what was planned and is shown.

Every value of plans of all kinds is changed, one at a time, with checksum and hash made to fit. The plan is then either
refused, or the same is shown and what reaches the platform is what the honest plan sends, or less of it.
"""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from acceptance.commands import quickstart
from forging import by_resource, forgeries
from trueup.apply.context import ApplyOptions
from trueup.apply.run import apply_plan
from trueup.cli.selection import places_of
from trueup.cli.session import open_targets
from trueup.errors import InvalidInput, PlanOutdated
from trueup.kinds.connector.states import DraftStatus as Stage
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.model.action import AddElement, FieldAction, SetValue
from trueup.model.identity import Platform, TargetAddress
from trueup.model.manifest import LifecycleSpec, PublishTo, State
from trueup.model.plan import DEFAULT_RULES, Base, Moved, Plan, PlanRules, Verdict
from trueup.model.value import Elements, Members
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.fallbacks import LastApplied
from trueup.plan.recompute import recompute
from trueup.plan.saved import plan_from_json
from trueup.plan.three_way import Since
from trueup.platforms.open import Platforms
from trueup.platforms.permissions import Permissions
from trueup.report.plan import plan_tree
from trueup.report.text import render_text
from unit.apply.fakes import CERTIFICATION, SPEC, Clock, MemoryJournal, Scene, Target, certification, connector

pytestmark = pytest.mark.slow

T = TypeVar("T")

STRIDE = 11 if os.environ.get("CI") else 61
"""One of this many changes is tried. Each value has about five, and each estate begins with another one of them."""

PLACES = {
    "eu": TargetAddress(
        platform=Platform.CONNECT, address="https://a.example", auth_url="https://b.example", project_key="p"
    ),
    "origin": TargetAddress(platform=Platform.ORIGIN, address="https://o.example"),
}
PUBLISHED = LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE, certification_comments=("Ready.",))
GONE = LifecycleSpec(state=State.ABSENT, reason="Over.")
BRANDS = {"brands": [{"name": "ACME", "website": "acme.example"}], "channels": [{"name": "ORIGIN"}]}

MANIFESTS = (
    connector("change", {**SPEC, "supportedRegions": ["us-central1.gcp"]}),
    connector("create", lifecycle=PUBLISHED),
    connector("delete", lifecycle=GONE),
    connector("publish", lifecycle=PUBLISHED),
    connector("same"),
    connector("stuck", {**SPEC, "description": ""}),
    certification("change", {**CERTIFICATION, **BRANDS}),
    certification("create", CERTIFICATION),
    certification("delete", lifecycle=GONE),
    certification("known", {**CERTIFICATION, "certificateNumber": "N-2"}),
)
THEN = {
    manifest.identity: manifest
    for manifest in (
        *(m for m in MANIFESTS if m.identity.value not in {"known", "create"}),
        certification("known", {**CERTIFICATION, "certificateNumber": "N-1"}),
    )
}
SINCE = Since(
    base=Base(revision="main", commit="a" * 40),
    manifests=THEN,
    moved=(Moved(target="eu", then=None, now=PLACES["eu"]),),
)
REMEMBERED: tuple[FieldAction, ...] = (
    SetValue("certificateNumber", "N-1"),
    AddElement("brands", ("ACME",), {"website": "acme.example"}),
)


@dataclass(frozen=True)
class Estate:
    """Manifests and a live state, with what moved between the plan and the apply."""

    since: Since | None = None
    rules: PlanRules = DEFAULT_RULES
    remembered: bool = False
    then: Callable[[Target, Target], None] = lambda eu, origin: None

    def scene(self) -> Scene:
        """Return the platforms as they are when it is planned."""
        eu, origin = Target(), Target(versioned=False, hidden={"certificateNumber"})
        named = {(m.identity.target, m.identity.value): m for m in MANIFESTS}
        eu.hold(named["eu", "change"], name="Old", supportedRegions=Members(("europe-west1.gcp",)))
        eu.hold(named["eu", "delete"])
        eu.hold(named["eu", "publish"], description="Older", documentationUrl="https://docs.example")
        eu.move(named["eu", "publish"].identity, previewable="false", comments=("Hello.",))
        eu.hold(connector("same"))
        eu.hold(connector("stuck"))
        origin.hold(
            named["origin", "change"], url="https://old.example", brands=Elements({("Z",): {"website": "z.example"}})
        )
        origin.hold(named["origin", "delete"])
        origin.hold(named["origin", "known"], url="https://old.example")
        return Scene({"eu": eu, "origin": origin})

    def plan(self) -> Plan:
        """Return the honest plan."""
        targets = self.scene().targets
        live = {who: found.remote_id for target in targets.values() for who, found in target.live.items()}
        memory = {who: LastApplied(remote_id, REMEMBERED) for who, remote_id in live.items()} if self.remembered else {}
        return asyncio.run(
            build_plan(MANIFESTS, targets, rules=self.rules, since=self.since, places=PLACES, memory=memory)
        )

    def recomputed(self, document: dict[str, Any]) -> Plan:
        """Do what ``apply --plan`` does with a file before it opens a target."""
        plan = plan_from_json(document, file="plan.json")
        since = None if plan.base is None else self.since
        return recompute(plan, MANIFESTS, PLACES, file="plan.json", since=since)

    def writes(self, plan: Plan) -> Mapping[str, list[Any]]:
        """Apply a plan to a live state that moved, and return what reached the platforms."""
        scene = self.scene()
        eu, origin = scene.targets["eu"], scene.targets["origin"]
        self.then(eu, origin)
        scene.apply(plan, ApplyOptions(saved=True, wait=False, readback_seconds=1))
        sent = [(f"{name} {who}", what) for name, t in scene.targets.items() for who, what in t.writes]
        return by_resource(sent)


def others_wrote(eu: Target, origin: Target) -> None:
    """Change what was planned to change, what is deleted, and what a publish carries along."""
    eu.edit(MANIFESTS[0], "name", "Foreign")
    eu.edit(MANIFESTS[2], "description", "Still needed.")
    eu.edit(MANIFESTS[3], "documentationUrl", "https://foreign.example")
    origin.edit(MANIFESTS[6], "url", "https://foreign.example")


def certifying(eu: Target, origin: Target) -> None:
    """Begin certifications, during which nothing is to be changed."""
    for manifest in MANIFESTS[:1] + MANIFESTS[3:4]:
        eu.move(manifest.identity, status=Stage.IN_CERTIFICATION)


ESTATES = {
    "calm": Estate(),
    "with a base": Estate(since=SINCE),
    "with memory": Estate(remembered=True),
    "with a base that was applied": Estate(since=SINCE, remembered=True),
    "others wrote": Estate(then=others_wrote),
    "in certification": Estate(then=certifying),
    "without processes": Estate(rules=PlanRules(processes=False)),
    "with rules": Estate(rules=PlanRules(retry_rejected=True, during_certification=True)),
}


def document_of(plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(plan_to_json(plan)))
    return document


def shown(plan: Plan) -> str:
    """Return what the terminal says of the resources that have actions, and of the places that they are at."""
    acting = tuple(resource for resource in plan.resources if resource.actions)
    told = replace(plan, resources=acting, gone=(), base=None, unmanaged={})
    return render_text(plan_tree(told), width=200, color=False, verbose=False)


def agrees(forged: Mapping[str, list[Any]], honest: Mapping[str, list[Any]]) -> bool:
    """Return whether nothing was sent but what the honest plan sends, in its order; a resource may end earlier."""
    return all(who in honest and honest[who][: len(sent)] == sent for who, sent in forged.items())


def test_the_plans_hold_one_of_each() -> None:
    plans = [estate.plan() for estate in ESTATES.values()]
    verdicts = {r.verdict for plan in plans for r in plan.resources}
    assert verdicts == frozenset(Verdict) - {Verdict.DEFERRED, Verdict.UNREADABLE}
    assert any(r.known and r.actions for plan in plans for r in plan.resources)
    assert any(r.remembered and r.actions for plan in plans for r in plan.resources)
    assert {type(p.action).__name__ for p in next(iter(plans)).resources[3].actions} == {
        "SetValue",
        "RequestPreview",
        "Publish",
        "AddComment",
    }


@pytest.mark.parametrize("name", ESTATES)
def test_an_honest_plan_is_what_comes_out_of_it(name: str) -> None:
    plan = ESTATES[name].plan()
    assert ESTATES[name].recomputed(document_of(plan)) == plan
    assert ESTATES[name].writes(plan)


@pytest.mark.parametrize("name", ESTATES)
def test_a_plan_with_one_value_changed_is_refused_or_without_effect(name: str) -> None:
    estate = ESTATES[name]
    plan = estate.plan()
    assert_no_effect(document_of(plan), plan, estate.recomputed, estate.writes, start=list(ESTATES).index(name))


def assert_no_effect(
    document: dict[str, Any],
    plan: Plan,
    recomputed: Callable[[dict[str, Any]], Plan],
    writes: Callable[[Plan], Mapping[str, list[Any]]],
    start: int = 0,
) -> None:
    """Try the forgeries of one plan; some of them must have been taken, or nothing was compared."""
    honest, told, taken = writes(plan), shown(plan), 0
    for number, (what, forge) in enumerate(forgeries(document), start=start):
        if number % STRIDE:
            continue
        try:
            made = recomputed(forge())
        except (InvalidInput, PlanOutdated):
            continue
        taken += 1
        if shown(made) == told:
            assert made.digest == plan.digest, what
            assert agrees(writes(made), honest), what
        else:
            # Another plan that these manifests allow, shown as that. Only what sends nothing can differ under one hash.
            assert made.digest != plan.digest or agrees(writes(made), honest), what
    assert taken


def test_a_forged_plan_of_the_quickstart_is_refused_or_without_effect(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    project = load_project(place / "trueup.yaml", sandbox=False, cwd=place)
    manifests = load(project, [], cwd=place).manifests

    async def work(act: Callable[[Platforms], Coroutine[Any, Any, T]]) -> T:
        (place / ".trueup" / "sandbox.db").unlink(missing_ok=True)
        async with open_targets(project, project.targets, Permissions.read({}, (), None)) as platforms:
            return await act(platforms)

    def plan(platforms: Platforms) -> Coroutine[Any, Any, Plan]:
        return build_plan(manifests, platforms.readers, places=places_of(project))

    def recomputed(document: dict[str, Any]) -> Plan:
        saved = plan_from_json(document, file="plan.json")
        return recompute(saved, manifests, places_of(project), file="plan.json")

    def writes(taken: Plan) -> Mapping[str, list[Any]]:
        journal = MemoryJournal()

        async def apply(platforms: Platforms) -> None:
            await apply_plan(
                taken,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=journal,
                clock=Clock(),
                options=ApplyOptions(saved=True, wait=False, readback_seconds=1),
            )

        asyncio.run(work(apply))
        return by_resource([(str(intent.identity), intent.actions) for intent in journal.intents])

    made = asyncio.run(work(plan))
    assert {resource.verdict for resource in made.resources} >= {Verdict.CREATE, Verdict.UPDATE}
    assert_no_effect(document_of(made), made, recomputed, writes)
