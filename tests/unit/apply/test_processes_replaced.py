"""A process of a draft whose key another draft has taken meanwhile."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.errors import OutcomeUnknown
from trueup.model.live import Live
from trueup.model.run import Ending, Status
from unit.apply.fakes import Target
from unit.apply.test_processes_single import PROCESSING, PUBLISH, PUBLISHED, stage


@pytest.mark.parametrize("state", [{}, PROCESSING, PUBLISHED, {"status": "Failed"}])
def test_another_draft_of_the_same_key_says_nothing_about_a_publish(state: dict[str, object]) -> None:
    world, eu = stage(PUBLISH, PROCESSING)

    def replace_draft(target: Target) -> None:
        if target.reads == 2:
            target.live[PUBLISH.identity] = replace(target.live[PUBLISH.identity], remote_id="id-other")
            target.move(PUBLISH.identity, **state)

    eu.on_read = replace_draft
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, outcome.done, len(eu.writes)) == (Status.UNKNOWN, (), 1)
    assert "id-other" in outcome.message


def test_another_draft_of_the_same_key_does_not_show_that_a_lost_publish_was_taken() -> None:
    world, eu = stage(PUBLISH, PROCESSING)

    def lose(target: Target, _: Callable[[], Live | None]) -> Live | None:
        target.live[PUBLISH.identity] = replace(target.live[PUBLISH.identity], remote_id="id-other")
        target.move(PUBLISH.identity, **PROCESSING)
        raise OutcomeUnknown("Connection reset.")

    eu.faults = [lose]
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, outcome.done, len(eu.writes)) == (Status.UNKNOWN, (), 1)
    assert [e.ending for _, e in world.journal.endings] == [Ending.UNKNOWN]
