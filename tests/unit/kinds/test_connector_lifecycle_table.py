"""For every live state and every lifecycle block, the planner sends and reports what the table says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import pytest

from trueup.kinds import findings
from trueup.kinds.connector.lifecycle import plan_processes
from trueup.kinds.connector.payloads import action_name
from trueup.kinds.processes import Processes
from trueup.model.action import (
    AddComment,
    Delete,
    FieldAction,
    ProcessAction,
    Publish,
    RequestPreview,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.live import Lifecycle
from trueup.model.manifest import LifecycleSpec, PublishTo
from unit.kinds.process_table import (
    CERTIFIED,
    CERTIFIED_CHANGED,
    DRAFT,
    LISTED,
    LIVES,
    NONE,
    PREVIEWS,
    PRIVATELY,
    PRIVATELY_CHANGED,
    REPORT,
    Cell,
    comment_cells,
    listing_cells,
    read,
    rows,
)

NAME: Final = SetValue("name", "Tax")
REPOSITORY: Final = SetParts("repository", {"url": "git@github.com:acme/tax.git", "tag": "v2"})
SAME: Final = [
    *listing_cells(PublishTo.NONE, NONE),
    *listing_cells(PublishTo.PRIVATE, PRIVATELY),
    *listing_cells(PublishTo.CERTIFIED, CERTIFIED),
    *comment_cells(),
]
CHANGED: Final = [
    cell
    for cell in (
        *listing_cells(PublishTo.NONE, NONE),
        *listing_cells(PublishTo.PRIVATE, PRIVATELY, PRIVATELY_CHANGED),
        *listing_cells(PublishTo.CERTIFIED, CERTIFIED, CERTIFIED_CHANGED),
    )
    if LIVES[cell.live] is not None
]
ACTIONS: Final[Mapping[str, Sequence[FieldAction]]] = {"same": (), "name": (NAME,), "repository": (REPOSITORY,)}


def spelled(processes: Processes) -> tuple[tuple[str, ...], frozenset[str]]:
    found = [f"{finding.level}:{finding.code}" for finding in processes.findings]
    return (
        tuple(_name(step.action) for step in processes.steps),
        frozenset([*found, *(f"deferred:{finding.code}" for finding in processes.deferred)]),
    )


def _name(action: ProcessAction) -> str:
    match action:
        case Publish(certification):
            return f"publish({str(certification).lower()})"
        case AddComment():
            return "comment"
        case RequestPreview():
            return "preview"
        case Delete():
            return "delete"
        case _:
            return action_name(action)


@pytest.mark.parametrize("cell", SAME, ids=str)
def test_a_cell_with_the_same_content(cell: Cell) -> None:
    assert spelled(plan_processes(cell.wanted, LIVES[cell.live])) == (cell.sent, cell.findings), cell.source


@pytest.mark.parametrize("change", [NAME, REPOSITORY], ids=["name", "repository"])
@pytest.mark.parametrize("cell", CHANGED, ids=str)
def test_a_cell_with_other_content(cell: Cell, change: FieldAction) -> None:
    assert spelled(plan_processes(cell.wanted, LIVES[cell.live], [change])) == (cell.sent, cell.findings), cell.source


@pytest.mark.parametrize("content", ACTIONS)
@pytest.mark.parametrize("state", rows(PREVIEWS))
def test_a_cell_of_previews(state: str, content: str) -> None:
    status, previewable = state.split()
    live = replace(DRAFT, status=status, previewable=previewable)
    cell = dict(zip(ACTIONS, rows(PREVIEWS)[state], strict=True))[content]
    assert spelled(plan_processes(LifecycleSpec(previewable=True), live, ACTIONS[content])) == read(cell)
    assert plan_processes(LifecycleSpec(previewable=False), live, ACTIONS[content]) == Processes()


def test_the_table_has_every_live_state_for_every_block() -> None:
    wanted = set(product(LIVES, PublishTo, LISTED))
    cells = [cell for cell in SAME if not cell.wanted.certification_comments]
    assert {(cell.live, cell.wanted.publish, cell.column) for cell in cells} == wanted
    assert len(cells) == len(wanted)
    comments = [cell for cell in SAME if cell.wanted.certification_comments]
    assert {(cell.live, cell.wanted.publish) for cell in comments} == set(product(LIVES, PublishTo))


def test_every_state_of_the_pages_is_in_the_table() -> None:
    statuses = {live.status for live in LIVES.values() if live} - {"Suspended"}
    assert statuses == {"Draft", "Processing", "ReadyForCertification", "InCertification", "Published", "Failed"}
    shown = {(status, preview) for status, preview in map(str.split, rows(PREVIEWS))}
    assert {preview for _, preview in shown} - {"perhaps"} == {"none", "pending", "true", "false"}
    assert {status for status, _ in shown} - {"Suspended"} == statuses


def test_only_known_codes_defer_an_action() -> None:
    deferred = {text.partition(":")[2] for cell in SAME for text in cell.findings if text.startswith("deferred:")}
    assert deferred == findings.DEFERRING_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """The behaviour of a platform that the pages leave open.

    ``raises``: every write raises ``hasChanges``. ``unlisted`` is the status after unlisting, empty for unchanged.
    """

    raises: bool
    unlisted: str


ODD: Final = [Odd(raises=raises, unlisted=unlisted) for raises in (False, True) for unlisted in ("", "Draft")]


def carried_out(action: ProcessAction, live: Lifecycle, odd: Odd) -> Lifecycle:
    """Return the state after an action by the pages, as far as an apply waits for it."""
    touched = replace(live, has_changes=live.has_changes or odd.raises)
    match action:
        case Publish(certification=True):
            return replace(live, status="ReadyForCertification", has_changes=False, publish_report=REPORT)
        case Publish():
            return replace(
                live, status="Published", private=True, listed=True, has_changes=False, publish_report=REPORT
            )
        case Unlist():
            return replace(touched, listed=False, status=odd.unlisted or live.status)
        case AddComment(comment):
            return replace(touched, comments=(*live.comments, comment))
        case _:
            return replace(touched, previewable="true")


def applied(wanted: LifecycleSpec, live: Lifecycle, odd: Odd, actions: Sequence[FieldAction]) -> Lifecycle:
    """Apply one plan as an apply does: plan again before each step, and send only what is still desired.

    What is to be unlisted after its certification is asked for as long as that takes.
    """
    done: list[ProcessAction] = []
    steps = plan_processes(wanted, live, actions).steps
    for position, step in enumerate(steps):
        again = remaining(plan_processes(wanted, live, actions, done=done), done)
        assert again == [one.action for one in steps[position:]], f"{step.action} is not asked for any more"
        if isinstance(step.action, Unlist) and Publish(certification=True) in done:
            live = certified(live)
            assert remaining(plan_processes(wanted, live, actions, done=done), done) == [step.action]
        live = carried_out(step.action, live, odd)
        done.append(step.action)
    if Publish(certification=True) in done and wanted.listed is False:
        assert plan_processes(wanted, live, done=done).steps == (), "unlisting is a reason to publish"
    return live


def remaining(processes: Processes, done: Sequence[ProcessAction]) -> list[ProcessAction]:
    """Return the desired actions, without the publish that new content needs until the run has ended."""
    return [step.action for step in processes.steps if not (isinstance(step.action, Publish) and step.action in done)]


def certified(live: Lifecycle) -> Lifecycle:
    """Return the state to which people bring a draft in certification."""
    return replace(live, status="Published", private=False, listed=True, has_changes=False)


def blocks() -> Iterator[LifecycleSpec]:
    for publish, listed, comments in product(PublishTo, LISTED.values(), ((), ("a", "b", "a"))):
        yield LifecycleSpec(publish=publish, listed=listed, certification_comments=comments)


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("live", [name for name in LIVES if "processing" not in name])
def test_one_apply_is_enough_for_every_behaviour_of_has_changes(live: str, odd: Odd) -> None:
    for wanted, actions in product(blocks(), ACTIONS.values()):
        start = LIVES[live] or DRAFT
        changed = replace(start, has_changes=True) if actions else start
        after = applied(wanted, changed, odd, actions if LIVES[live] else ())
        assert spelled(plan_processes(wanted, after))[0] == (), wanted
        if after.status == "ReadyForCertification":
            released = certified(after)
            again = [step.action for step in plan_processes(wanted, released).steps]
            if wanted.publish is PublishTo.CERTIFIED:
                # Only what was in certification before this apply is left to one after it.
                assert again == ([Unlist()] if wanted.listed is False else []), wanted
                assert wanted.listed is not False or start.status == "ReadyForCertification"
            assert plan_processes(wanted, applied(wanted, released, odd, ())).steps == (), wanted


def test_two_equal_comments_are_sent_as_often_as_they_are_listed() -> None:
    wanted = LifecycleSpec(certification_comments=("b", "a", "b", "b"))
    live = replace(DRAFT, status="InCertification")
    for there, missing in (
        ((), ["b", "a", "b", "b"]),
        (("b",), ["a", "b", "b"]),
        (("b", "b"), ["a", "b"]),
        (("b", "b", "b"), ["a"]),
        (("b", "a", "b", "b", "b"), []),
    ):
        steps = plan_processes(wanted, replace(live, comments=there)).steps
        assert [step.action for step in steps] == [AddComment(comment) for comment in missing]
