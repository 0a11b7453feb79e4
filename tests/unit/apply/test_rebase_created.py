"""A deployment that is there when it was to be created, and the refusal of one that says nothing of the others."""

from dataclasses import replace

from trueup.apply.context import ApplyOptions
from trueup.errors import NotAuthorised
from trueup.model.action import Create
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live
from trueup.model.run import Status
from unit.apply.fakes import Fault, Scene, Target, refusing
from unit.kinds.test_deployment import IDENTITY, manifest, observed

WANTED = manifest()


def created(live: Live) -> Fault:
    """A fault: another writer, or a request that was taken for lost, creates it first."""

    def fault(target: Target, commit: object) -> Live | None:
        target.live[IDENTITY] = live
        assert callable(commit)
        commit()
        raise AssertionError("a second creation was accepted")

    return fault


def test_a_rollout_of_what_others_created_is_not_part_of_the_plan() -> None:
    target = Target()
    scene = Scene({"shop": target})
    plan = scene.plan(WANTED)
    target.faults = [created(observed(status="Failed"))]
    (outcome,) = scene.apply(plan)
    assert outcome.status is Status.STALE
    ((_, (create,)),) = target.writes
    assert isinstance(create, Create)


def test_the_secrets_of_what_others_created_are_not_taken_for_the_wanted_ones() -> None:
    target = Target()
    scene = Scene({"shop": target})
    plan = scene.plan(WANTED)
    target.faults = [created(observed())]
    (outcome,) = scene.apply(plan)
    assert outcome.status is Status.STALE


def test_a_project_that_may_not_deploy_one_connector_may_deploy_others() -> None:
    target = Target()
    scene = Scene({"shop": target})
    other = replace(WANTED, identity=Identity("shop", Kind.DEPLOYMENT, IdField.KEY, "b"))
    plan = scene.plan(WANTED, other)
    target.faults = [refusing(NotAuthorised("Access denied", status=403, code="AuthorizationError"))] * 2
    outcomes = scene.apply(plan, ApplyOptions(concurrency=1))
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, Status.FAILED]
    assert len(target.writes) == 2
