"""The merge of the documents of shards."""

import asyncio
import json
from dataclasses import replace
from itertools import cycle
from operator import attrgetter
from typing import Any

import pytest

from trueup.errors import Diagnostic, InvalidInput, Unavailable
from trueup.model.identity import Platform, TargetAddress
from trueup.model.manifest import Manifest
from trueup.model.plan import Base, Drift, Fate, Gone, Moved, Pending, Plan, ResourceDrift
from trueup.model.position import Position
from trueup.model.run import Outcome
from trueup.plan.build import build_plan
from trueup.plan.shard import Shard
from trueup.plan.whole import with_resources
from trueup.report.document import read_report, render_document
from trueup.report.merge import Joined, join
from trueup.report.result import Provenance, Result
from unit.apply.fakes import Scene, Target, certification, connector
from unit.kinds.test_deployment import manifest as deployment

MANIFESTS = [*(connector(f"acme-{number}") for number in range(12)), certification("E1"), certification("E2")]
BAD = Diagnostic(
    code="unknown-field", message="There is no field nam.", position=Position("a.yaml", 3, 1), allowed="name", path="n"
)


def scene() -> Scene:
    """Return a scene in which some of the resources are live, with and without differences."""
    connect, origin = Target(), Target(versioned=False)
    for number in (1, 4, 7):
        connect.hold(MANIFESTS[number], name="Another")
    connect.hold(MANIFESTS[2])
    origin.hold(MANIFESTS[13], url="https://acme.example/old")
    return Scene({"eu": connect, "origin": origin})


def parts(count: int) -> list[tuple[Shard, list[Manifest]]]:
    shards = [Shard(index, count) for index in range(1, count + 1)]
    return [(shard, [m for m in MANIFESTS if shard.has(m.identity)]) for shard in shards]


def planned(shard: Shard, plan: Plan | None, **more: Any) -> str:
    return render_document(Result(command="plan", status=0, plan=plan, shard=shard, **more))


def texts(count: int = 3) -> list[str]:
    return [planned(shard, replace(scene().plan(*own), unmanaged={})) for shard, own in parts(count)]


def read(documents: list[str]) -> list[Result]:
    return [read_report(text, file=f"shard-{number}.json") for number, text in enumerate(documents, start=1)]


def joined(documents: list[str]) -> Joined:
    return join(read(documents))


def refusal(documents: list[str]) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        joined(documents)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message, diagnostic.position.file


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_joined_plans_are_the_plan_of_everything(count: int) -> None:
    whole = replace(scene().plan(*MANIFESTS), unmanaged={})
    assert joined(texts(count)).plan == whole
    assert joined(texts(count)[::-1]).plan == whole


def test_a_shard_may_be_empty() -> None:
    documents = texts(40)
    assert any(json.loads(text)["plan"]["resources"] == [] for text in documents)
    assert joined(documents).plan == replace(scene().plan(*MANIFESTS), unmanaged={})


def test_joined_outcomes_are_those_of_one_apply() -> None:
    def applied(manifests: list[Manifest]) -> tuple[Plan, tuple[Outcome, ...]]:
        played = scene()
        plan = played.plan(*manifests)
        played.targets["eu"].edit(MANIFESTS[4], "name", "Foreign")
        return plan, played.apply(plan)

    documents = []
    for shard, own in parts(3):
        plan, outcomes = applied(own)
        documents.append(render_document(Result(command="apply", status=4, plan=plan, outcomes=outcomes, shard=shard)))
    whole = joined(documents)
    assert whole.command == "apply"
    _, outcomes = applied(MANIFESTS)
    assert {outcome.status for outcome in outcomes} == {"applied", "unchanged", "stale"}
    assert whole.outcomes == outcomes


def test_a_missing_shard_is_named() -> None:
    code, message, _ = refusal([texts()[0], texts()[2]])
    assert (code, message) == ("shard-missing", "Shard 2/3 of the same run is not given.")


def test_a_shard_that_is_given_twice_is_named() -> None:
    one, two, three = texts()
    code, message, file = refusal([one, two, three, two])
    assert (code, file) == ("shard-repeated", "shard-4.json")
    assert "Shard 2/3 is given more than once: shard-2.json, shard-4.json." in message


def test_a_shard_of_another_number_of_shards_is_foreign() -> None:
    code, message, file = refusal([*texts()[:2], texts(4)[2]])
    assert (code, file) == ("shard-foreign", "shard-3.json")
    assert message == "This is shard 3/4, but shard-1.json is shard 1/3: not the same run."


def test_a_shard_of_another_command_is_foreign() -> None:
    one, two = texts(2)
    code, message, _ = refusal([one, two.replace('"command": "plan"', '"command": "apply"')])
    assert code == "shard-foreign"
    assert "This is from trueup apply" in message


def test_resources_that_belong_to_another_shard_make_it_foreign() -> None:
    one, two = (json.loads(text) for text in texts(2))
    two["shard"], one["shard"] = one["shard"], two["shard"]
    code, message, _ = refusal([json.dumps(one), json.dumps(two)])
    assert code == "shard-foreign"
    assert "is not in shard 2/2" in message


def test_a_document_of_another_format_version_is_not_read() -> None:
    one, two = texts(2)
    code, message, _ = refusal([one, two.replace('"formatVersion": 1', '"formatVersion": 2', 1)])
    assert code == "shard-format"
    assert "format version 2" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "The file cannot be read: it is not JSON: it ends too early."),
        ("{} x", "The file cannot be read: it is not JSON."),
        ("", "The file cannot be read: it is empty."),
        ("9" * 5000, "The file cannot be read: it has a number of too many digits."),
        ("[" * 100_000, "The file cannot be read: it is nested too deeply."),
        ("[]", "is not an object"),
        ('{"formatVersion": 1}', "plan is missing"),
        (render_document(Result(command="plan", status=0)), "shard is missing"),
    ],
)
def test_a_file_that_is_no_document_of_a_shard_is_refused(text: str, words: str) -> None:
    code, message, _ = refusal([text])
    assert code == "shard-format"
    assert words in message


def test_a_shard_that_does_not_exist_is_not_read() -> None:
    text = texts(2)[0].replace('"index": 1', '"index": 3')
    assert refusal([text])[:2] == (
        "shard-format",
        "There is no shard 3/2: shards count from 1/N to N/N, with N at most 1000.",
    )


def test_a_plan_that_was_changed_by_hand_is_not_read() -> None:
    one, two = texts(2)
    assert "Another" in one + two
    code, _, _ = refusal([one.replace("Another", "Yet another"), two.replace("Another", "Yet another")])
    assert code == "plan-damaged"


def test_two_names_of_one_live_resource_are_refused_across_shards() -> None:
    def twin(external_id: str) -> tuple[Shard, str]:
        manifest = certification(external_id)
        target = Target(versioned=False)
        target.hold(manifest, url="https://acme.example/old")
        target.live[manifest.identity] = replace(target.live[manifest.identity], remote_id="one")
        shard = next(shard for shard in (Shard(1, 2), Shard(2, 2)) if shard.has(manifest.identity))
        return shard, planned(shard, Scene({"origin": target}).plan(manifest))

    found = dict(twin(f"E{number}") for number in range(8))
    assert refusal(list(found.values()))[0] == "same-resource-twice"


def test_one_draft_through_two_targets_is_refused_across_shards() -> None:
    place = TargetAddress(platform=Platform.CONNECT, address="https://connect.example")

    def twin(key: str, name: str) -> tuple[Shard, str]:
        manifest, target = connector(key, target=name), Target()
        target.hold(manifest, name="Old")
        target.live[manifest.identity] = replace(target.live[manifest.identity], remote_id="one")
        shard = next(shard for shard in (Shard(1, 2), Shard(2, 2)) if shard.has(manifest.identity))
        return shard, planned(shard, asyncio.run(build_plan([manifest], {name: target}, places={name: place})))

    pairs = (dict(twin(f"acme-{number}", name) for name in ("eu", "us")) for number in range(99))
    apart = next(found for found in pairs if len(found) > 1)
    code, message, _ = refusal(list(apart.values()))
    assert (code, "through two targets" in message) == ("same-resource-twice", True)


def test_an_incomplete_plan_is_not_joined() -> None:
    (one, _), (two, own) = parts(2)
    ended = planned(one, None, error=Unavailable("No answer.", status=503))
    whole = joined([ended, planned(two, scene().plan(*own))])
    assert whole.plan is None
    assert whole.early == ("shard 1/2: No answer.",)


def test_outcomes_are_joined_even_when_another_shard_did_not_start() -> None:
    (one, own), (two, _) = parts(2)
    played = scene()
    plan = played.plan(*own)
    outcomes = played.apply(plan)
    documents = [
        render_document(Result(command="apply", status=0, plan=plan, outcomes=outcomes, shard=one)),
        render_document(Result(command="apply", status=1, error=Unavailable("No answer."), shard=two)),
    ]
    whole = joined(documents)
    assert whole.outcomes == outcomes
    assert whole.plan is not None


def test_a_problem_that_every_shard_finds_is_listed_once() -> None:
    documents = [planned(shard, None, diagnostics=[BAD]) for shard, _ in parts(3)]
    assert joined(documents).diagnostics == (replace(BAD, quotable=False),)


def test_joined_drifts_are_the_drift_of_everything_and_an_incomplete_one_is_none() -> None:
    fates = dict(zip((manifest.identity for manifest in MANIFESTS), cycle(Fate), strict=False))
    whole = Drift(
        resources=tuple(
            ResourceDrift(identity=identity, fate=fate, position=Position("a.yaml", 1, 1))
            for identity, fate in sorted(fates.items())
        ),
        base=Base(revision="HEAD^1", commit="1f0c"),
    )
    documents = [
        render_document(
            Result(
                command="drift",
                status=2,
                drift=replace(whole, resources=tuple(r for r in whole.resources if shard.has(r.identity))),
                shard=shard,
            )
        )
        for shard, _ in parts(3)
    ]
    assert joined(documents[::-1]).drift == whole
    ended = render_document(Result(command="drift", status=1, error=Unavailable("No answer."), shard=Shard(1, 3)))
    assert joined([ended, *documents[1:]]).drift is None


def test_joined_plans_keep_the_base_and_what_is_gone_since() -> None:
    gone = tuple(Gone(identity=manifest.identity, position=Position("a.yaml", 1, 1)) for manifest in MANIFESTS[-2:])
    base = Base(revision="HEAD^1", commit="1f0c")
    documents = [
        planned(
            shard,
            replace(scene().plan(*own), unmanaged={}, base=base, gone=tuple(g for g in gone if shard.has(g.identity))),
        )
        for shard, own in parts(3)
    ]
    plan = joined(documents).plan
    assert plan is not None
    assert (plan.base, plan.gone) == (base, tuple(sorted(gone, key=attrgetter("identity"))))


OTHER = Base(revision="HEAD^1", commit="2f0c")


@pytest.mark.parametrize("base", [None, OTHER])
def test_plans_and_drifts_that_were_compared_with_another_commit_are_foreign(base: Base | None) -> None:
    first = Base(revision="HEAD^1", commit="1f0c")
    plans = [replace(scene().plan(*own), base=one) for (_, own), one in zip(parts(2), (first, base), strict=True)]
    code, message, file = refusal([planned(shard, plan) for (shard, _), plan in zip(parts(2), plans, strict=True)])
    assert (code, file) == ("shard-foreign", "shard-2.json")
    assert "shard-1.json with HEAD^1 (1f0c)" in message
    drifts = [
        render_document(Result(command="drift", status=0, drift=Drift(resources=(), base=one), shard=shard))
        for (shard, _), one in zip(parts(2), (first, base), strict=True)
    ]
    assert refusal(drifts) == (code, message, file)


def test_plans_for_different_places_are_foreign() -> None:
    documents = []
    for (shard, own), host in zip(parts(2), ("a.example", "b.example"), strict=True):
        place = TargetAddress(platform=Platform.CONNECT, address=f"https://{host}", auth_url=f"https://{host}")
        made = replace(scene().plan(*own), unmanaged={}, places={"eu": place})
        documents.append(planned(shard, with_resources(made, made.resources)))
    code, message, _ = refusal(documents)
    assert code == "shard-foreign"
    assert "https://a.example" in message
    assert "https://b.example" in message


def test_joined_plans_keep_the_notices_about_targets() -> None:
    place = TargetAddress(platform=Platform.CONNECT, address="https://a.example", auth_url="https://a.example")
    moved = Moved(target="eu", then=None, now=place)
    documents = []
    for number, (shard, own) in enumerate(parts(2)):
        made = replace(scene().plan(*own), unmanaged={}, places={"eu": place}, moved=(moved,) if number else ())
        documents.append(planned(shard, with_resources(made, made.resources)))
    plan = joined(documents).plan
    assert plan is not None
    assert (plan.places, plan.moved) == ({"eu": place}, (moved,))


@pytest.mark.parametrize(
    "other", [Provenance(commit="b" * 40, run="1"), Provenance(commit="a" * 40, run="2"), Provenance()]
)
def test_documents_of_another_commit_or_run_are_refused(other: Provenance) -> None:
    one = Provenance(commit="a" * 40, run="1")
    made = [planned(Shard(1, 2), None, provenance=one), planned(Shard(2, 2), None, provenance=other)]
    code, message, file = refusal(made)
    assert (code, file) == ("shard-foreign", "shard-2.json")
    assert str(one) in message
    assert joined([made[0], planned(Shard(2, 2), None, provenance=one)]).plan is None


def test_documents_made_from_other_files_are_refused_unless_a_run_ended_before_it_had_them() -> None:
    def of(*hashes: str) -> list[str]:
        shards = [Shard(index, len(hashes)) for index in range(1, len(hashes) + 1)]
        made = [Provenance(commit="a" * 40, run="1", files=text) for text in hashes]
        return [planned(shard, None, provenance=made_from) for shard, made_from in zip(shards, made, strict=True)]

    for hashes in (("x", "y"), ("", "x", "y"), ("x", "", "y")):
        code, message, file = refusal(of(*hashes))
        assert (code, file) == ("shard-foreign", f"shard-{len(hashes)}.json")
        assert "were not the same" in message
    for hashes in (("x", "x"), ("", "x", "x"), ("x", "")):
        assert joined(of(*hashes)).plan is None


def test_joined_plans_and_drifts_have_what_the_records_say_of_every_shard() -> None:
    known: list[tuple[tuple[Pending, ...], tuple[str, ...]]] = []
    plans, drifts = [], []
    for shard, own in parts(2):
        pending = tuple(
            Pending(identity=m.identity, commit="2b" * 20) for m in sorted(own, key=attrgetter("identity"))[:2]
        )
        said: Any = {"recorded": True, "pending": pending, "unrecorded": (f"t{shard.index}", "us")}
        known.append((pending, ("us",)))
        plans.append(planned(shard, replace(scene().plan(*own), unmanaged={}, **said)))
        found = Drift(resources=(), **said)
        drifts.append(render_document(Result(command="drift", status=0, drift=found, shard=shard)))
    everything = tuple(sorted([one for pending, _ in known for one in pending], key=attrgetter("identity")))
    for made in (joined(plans).plan, joined(drifts).drift):
        assert made is not None
        assert (made.recorded, made.pending, made.unrecorded) == (True, everything, ("t1", "t2", "us"))


def test_a_resource_that_refers_to_another_may_be_in_any_shard_but_only_in_one() -> None:
    follower = deployment()
    plans = [Scene({"shop": Target()}).plan(follower), Scene({"shop": Target()}).plan()]
    for order in (plans, plans[::-1]):
        documents = [planned(Shard(index, 2), replace(plan, unmanaged={})) for index, plan in enumerate(order, start=1)]
        whole = joined(documents).plan
        assert whole is not None
        assert [resource.identity for resource in whole.resources] == [follower.identity]
    twice = [planned(Shard(index, 2), replace(plans[0], unmanaged={})) for index in (1, 2)]
    code, message, file = refusal(twice)
    assert (code, file) == ("shard-foreign", "shard-2.json")
    assert message == "Deployment acme-tax-live is in shard 1/2 too: other manifests."
