"""Rendering despite faults: a resource that cannot be rendered does not hide the others."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from trueup.cli.exit_codes import Exit, most_severe

if TYPE_CHECKING:
    from trueup.model.identity import Identity
    from trueup.model.plan import ResourceDrift, ResourcePlan
    from trueup.model.run import Outcome
    from trueup.report.result import Result

Rendered = TypeVar("Rendered")


def rendered(result: "Result", render: "Callable[[Result], Rendered]") -> "tuple[Result, Rendered]":
    """Return the rendering of a result, and the result that was rendered.

    If rendering fails, each resource that cannot be rendered is replaced by its error, and the status becomes FAILED.
    A failure that no single resource causes is raised.
    """
    try:
        return result, render(result)
    except Exception as error:
        # Only now is each resource rendered alone: that takes a rendering per resource.
        sound = _sound(result, render)
        # No single resource is the cause.
        if sound == result:
            raise
        shown = replace(sound, status=most_severe([Exit(result.status), Exit.FAILED]))
        try:
            return shown, render(shown)
        except Exception:  # noqa: BLE001 - the first failure is the one to report
            raise error from None


def _sound(result: "Result", render: "Callable[[Result], object]") -> "Result":
    """Return the result with every resource that cannot be rendered replaced by its error."""
    if result.drift is not None:
        alone = replace(result, drift=replace(result.drift, resources=()))
        drifts = tuple(_sound_drift(one, alone, render) for one in result.drift.resources)
        result = replace(result, drift=replace(result.drift, resources=drifts))
    if result.plan is None:
        return result
    outcomes = {outcome.identity: outcome for outcome in result.outcomes or ()}
    resources = list(result.plan.resources)
    for place, resource in enumerate(resources):
        resources[place], outcome = _sound_pair(result, resource, outcomes.get(resource.identity), render)
        if outcome is not None:
            outcomes[resource.identity] = outcome
    kept = None if result.outcomes is None else tuple(outcomes[outcome.identity] for outcome in result.outcomes)
    return replace(result, plan=replace(result.plan, resources=tuple(resources)), outcomes=kept)


def _sound_pair(
    result: "Result", resource: "ResourcePlan", outcome: "Outcome | None", render: "Callable[[Result], object]"
) -> "tuple[ResourcePlan, Outcome | None]":
    from trueup.model.plan import ResourcePlan

    assert result.plan is not None
    outcomes = None if outcome is None else (outcome,)
    alone = replace(result, plan=replace(result.plan, resources=(resource,)), outcomes=outcomes)
    fault = _fault(alone, render, resource.identity)
    if not fault:
        return resource, outcome
    plain = ResourcePlan(identity=resource.identity, verdict=resource.verdict, position=resource.position, error=fault)
    if outcome is None:
        return plain, None
    message = f"{outcome.message} {fault}".strip()
    return plain, replace(outcome, message=message, details=(), done=(), left=(), fields=())


def _sound_drift(one: "ResourceDrift", alone: "Result", render: "Callable[[Result], object]") -> "ResourceDrift":
    assert alone.drift is not None
    fault = _fault(replace(alone, drift=replace(alone.drift, resources=(one,))), render, one.identity)
    return replace(one, changes=(), repeated=(), error=fault) if fault else one


def _fault(alone: "Result", render: "Callable[[Result], object]", identity: "Identity") -> str:
    """Return the error of rendering a result with one resource, empty when it succeeds."""
    from trueup.faults import fault_text

    try:
        render(alone)
    except Exception as error:  # noqa: BLE001 - no exception may hide the other resources
        return fault_text(error, f"showing {identity}")
    return ""
