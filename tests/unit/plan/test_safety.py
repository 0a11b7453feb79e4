"""Refuse what is probably a mistake, and name the one option that allows it."""

import asyncio
from collections.abc import Sequence

import pytest

from trueup.errors import Refused, UsageError
from trueup.model.manifest import LifecycleSpec, Manifest, State
from trueup.model.plan import Plan, Verdict
from trueup.plan.build import build_plan
from trueup.plan.digest import plan_digest
from trueup.plan.safety import Limit, SafetyOptions, enforce, hold_deletions, parse_limit, refusals
from unit.apply.fakes import Target, connector

GONE = LifecycleSpec(state=State.ABSENT, reason="Replaced.")


def plan(*, delete: int = 0, update: int = 0, unlist: int = 0, same: int = 0) -> Plan:
    eu = Target()
    manifests: list[Manifest] = []

    def add(names: Sequence[str], lifecycle: LifecycleSpec, spec: dict[str, object] | None, **changed: str) -> None:
        for name in names:
            manifests.append(connector(name, spec, lifecycle=lifecycle))
            eu.hold(connector(name), **changed)

    add([f"delete-{n}" for n in range(delete)], GONE, {})
    add([f"update-{n}" for n in range(update)], LifecycleSpec(), None, name="Old")
    add([f"unlist-{n}" for n in range(unlist)], LifecycleSpec(listed=False), None)
    for n in range(unlist):
        eu.move(connector(f"unlist-{n}").identity, listed=True, private=False)
    add([f"same-{n}" for n in range(same)], LifecycleSpec(), None)
    return asyncio.run(build_plan(manifests, {"eu": eu}))


def test_nothing_is_deleted_without_the_option_that_says_how_many() -> None:
    (refusal,) = refusals(plan(delete=2, update=1), SafetyOptions())
    assert (refusal.code, refusal.option) == ("deletions", "--allow-delete 2")
    assert refusal.message == (
        "The plan deletes 2 resources (Connector delete-0, Connector delete-1). --allow-delete 2 allows it."
    )


@pytest.mark.parametrize(("allowed", "refused"), [(1, True), (2, False), (9, False), (None, False)])
def test_as_many_deletions_as_were_allowed_may_happen(allowed: int | None, refused: bool) -> None:  # noqa: FBT001 - a row
    assert bool(refusals(plan(delete=2), SafetyOptions(allow_delete=allowed))) is refused


@pytest.mark.parametrize(
    ("limit", "refused"),
    [("0", True), ("2", True), ("3", False), ("29%", True), ("30%", False), ("100%", False), ("0%", True)],
)
def test_a_budget_counts_resources_or_percent_of_all(limit: str, refused: bool) -> None:  # noqa: FBT001 - a row
    found = refusals(plan(update=3, same=7), SafetyOptions(max_changes=parse_limit(limit)))
    assert bool(found) is refused


def test_the_percentage_of_a_part_is_of_the_whole_plan() -> None:
    part, whole = plan(update=3), plan(update=3, same=7)
    options = SafetyOptions(max_changes=parse_limit("30%"))
    assert refusals(part, options)
    assert refusals(part, options, whole=whole) == ()


def test_a_refused_budget_names_its_own_option() -> None:
    (refusal,) = refusals(plan(update=2), SafetyOptions(max_changes=Limit(1)))
    assert (refusal.code, refusal.option) == ("max-changes", "--max-changes 2")
    assert "more than --max-changes 1 allows" in refusal.message


def test_deletions_and_unlisting_count_as_destructive_and_updates_do_not() -> None:
    options = SafetyOptions(allow_delete=9, max_destructive=Limit(1))
    (refusal,) = refusals(plan(delete=1, unlist=1, update=5), options)
    assert refusal.option == "--max-destructive 2"
    assert refusals(plan(unlist=1, update=5), options) == ()


def test_without_limits_anything_but_deletions_may_happen() -> None:
    assert refusals(plan(update=9, unlist=3), SafetyOptions()) == ()


def test_all_refusals_are_reported_at_once() -> None:
    options = SafetyOptions(max_changes=Limit(1), max_destructive=Limit(0))
    with pytest.raises(Refused) as refused:
        enforce(plan(delete=1, update=1), options)
    for option in ("--allow-delete 1", "--max-changes 2", "--max-destructive 1"):
        assert option in str(refused.value)
    enforce(plan(update=1), options)


def test_a_long_list_of_names_is_cut() -> None:
    (refusal,) = refusals(plan(delete=7), SafetyOptions())
    assert "Connector delete-4 and 2 more" in refusal.message
    assert "delete-5" not in refusal.message


def test_invalid_manifests_block_deletions_and_nothing_else() -> None:
    before = plan(delete=1, update=1)
    held = hold_deletions(before, SafetyOptions(allow_delete=1, all_valid=False))
    assert [r.verdict for r in held.resources] == [Verdict.BLOCKED, Verdict.UPDATE]
    assert held.resources[0].findings[-1].finding.code == "invalid-manifests"
    assert held.digest == plan_digest(held.resources) != before.digest
    assert held.forecast.requests == 1
    assert refusals(held, SafetyOptions(all_valid=False)) == ()


def test_valid_manifests_hold_nothing_back() -> None:
    before = plan(delete=1)
    assert hold_deletions(before, SafetyOptions()) is before


@pytest.mark.parametrize("text", ["", "-1", "1.5", "5 %", "many", "%", "1%%", "٣"])
def test_an_invalid_limit_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a valid limit"):
        parse_limit(text)


def test_limits_read_and_show_as_typed() -> None:
    assert [str(parse_limit(text)) for text in ("0", "10", " 5% ")] == ["0", "10", "5%"]
