"""Tell a deletion that worked from one that did not when somebody creates a new resource of that name meanwhile."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest, State
from trueup.model.outcome import Status
from unit.apply.fakes import Target, certification, connector, scene

GONE = LifecycleSpec(state=State.ABSENT, reason="Replaced.")


@pytest.mark.parametrize(("make", "target"), [(connector, Target()), (certification, Target(versioned=False))])
def test_a_new_resource_of_the_name_does_not_make_the_deletion_a_failure(
    make: Callable[..., Manifest], target: Target
) -> None:
    manifest = make("acme-1", {}, lifecycle=GONE)
    target.hold(make("acme-1"))
    before = target.live[manifest.identity]

    def replaced(here: Target, commit: Callable[[], Live | None]) -> None:
        commit()
        here.live[manifest.identity] = replace(before, remote_id="another")

    target.faults = [replaced]
    (outcome,) = scene(target).apply(scene(target).plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
