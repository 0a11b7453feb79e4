"""What an apply logs of its decisions."""

import logging

import pytest

from trueup.errors import Conflict, Unavailable
from trueup.model.manifest import LifecycleSpec
from trueup.model.run import Status
from unit.apply.fakes import Target, connector, refusing, scene

TAX = connector("acme-tax")


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert {record.name for record in caplog.records} == {"trueup.apply"}
    return caplog.messages


def test_the_log_has_what_is_sent_with_which_version_and_the_result(caplog: pytest.LogCaptureFixture) -> None:
    eu = Target()
    eu.hold(TAX, name="Old")
    world = scene(eu)
    plan = world.plan(TAX)
    caplog.set_level(logging.INFO, "trueup")
    world.apply(plan)
    sent, ended = messages(caplog)
    assert sent == f"{TAX.identity}: sending SetValue name with version 1."
    assert ended.strip() == f"{TAX.identity}: applied."


def test_the_log_says_why_a_resource_was_rebased(caplog: pytest.LogCaptureFixture) -> None:
    eu = Target()
    eu.hold(TAX, name="Old")
    world = scene(eu)
    plan = world.plan(TAX)
    eu.faults = [refusing(Conflict("Version mismatch.", status=409))]
    caplog.set_level(logging.INFO, "trueup")
    (outcome,) = world.apply(plan)
    assert outcome.status in {Status.APPLIED, Status.REBASED}
    assert [line for line in messages(caplog) if "read again, " in line and "planned again: update" in line]
    assert sum("sending SetValue" in line for line in messages(caplog)) == 2


def test_the_log_says_what_a_write_waits_for(caplog: pytest.LogCaptureFixture) -> None:
    eu = Target()
    eu.hold(TAX, name="Old")
    world = scene(eu)
    plan = world.plan(TAX)
    error = Unavailable("Too many requests.", status=429)
    error.after = 7.0
    eu.faults = [refusing(error)]
    caplog.set_level(logging.INFO, "trueup")
    world.apply(plan)
    assert f"{TAX.identity}: Too many requests; retrying in 7.0 s." in messages(caplog)


def test_the_log_says_which_process_is_awaited(caplog: pytest.LogCaptureFixture) -> None:
    preview = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    eu = Target(states=[[{"previewable": "pending"}, {"previewable": "true"}]])
    eu.hold(preview)
    world = scene(eu)
    plan = world.plan(preview)
    caplog.set_level(logging.INFO, "trueup")
    world.apply(plan)
    waits = [line for line in messages(caplog) if "waiting for" in line]
    assert waits == [
        f"{preview.identity}: waiting for RequestPreview, isPreviewable pending after 0 s; next reading in 1.0 s."
    ]
