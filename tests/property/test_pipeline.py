"""Drive a team's repository through pull requests, merges, foreign edits and lost runs, and ask what must hold."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from github.events import Event
from github.git import tip
from github.state import Run
from pipeline.claims import Claims
from pipeline.jobs import Trouble
from pipeline.platform import FIELDS, Slot, Values
from pipeline.team import KEYS, Team, another, founded

pytestmark = [pytest.mark.process, pytest.mark.slow]

SLOTS: Final = [(key, name) for key in KEYS for name in FIELDS]
FIRST: Final[Values] = dict.fromkeys(SLOTS, "red one")
TEXTS: Final = st.sampled_from(["red one", "green two", "blue three"])
"""Few values, so that what one wants is often what another had."""
CHANGES: Final = st.dictionaries(st.sampled_from(SLOTS), TEXTS, min_size=1, max_size=2)
TROUBLES: Final = (
    st.none()
    | st.none()
    | st.builds(
        Trouble,
        step=st.sampled_from(["begin", "run", "end"]),
        at=st.integers(1, 12),
        performed=st.booleans(),
        runner=st.booleans(),
    )
)
MOST_PULLS: Final = 3


class Machine(RuleBasedStateMachine):
    """One story of a team."""

    founder: ClassVar[Team]

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.team = self.closing.enter_context(another(self.founder, folder, FIRST))
        self.claims = Claims(self.team, tip(self.team.state))
        self.edits = 0

    @initialize(changes=CHANGES)
    def begin(self, changes: Values) -> None:
        """Open a pull request, so that there is something to merge."""
        self.team.open(changes, None)

    @property
    def pulls(self) -> list[Any]:
        return self.team.state.pulls()

    @precondition(lambda self: len(self.pulls) < MOST_PULLS)
    @rule(changes=CHANGES, trouble=TROUBLES)
    def open(self, changes: Values, trouble: Trouble | None) -> None:
        self.team.open(changes, trouble)

    @precondition(lambda self: self.pulls)
    @rule(data=st.data(), changes=CHANGES, trouble=TROUBLES)
    def push(self, data: st.DataObject, changes: Values, trouble: Trouble | None) -> None:
        self.team.push(data.draw(st.sampled_from(self.pulls)), changes, trouble)

    @precondition(lambda self: self.pulls)
    @rule(
        data=st.data(),
        how=st.sampled_from(["merge", "squash", "rebase", "queue"]),
        dropped=st.booleans(),
        trouble=TROUBLES,
    )
    def merge(self, data: st.DataObject, how: Any, dropped: bool, trouble: Trouble | None) -> None:  # noqa: FBT001
        most = 2 if how == "queue" else 1
        threads = data.draw(st.lists(st.sampled_from(self.pulls), min_size=1, max_size=most, unique_by=id))
        if (pushed := self.team.merge(threads, how)) and not dropped:
            self._apply(*pushed, trouble)

    @rule(changes=CHANGES, dropped=st.booleans(), trouble=TROUBLES)
    def push_directly(self, changes: Values, dropped: bool, trouble: Trouble | None) -> None:  # noqa: FBT001
        pushed = self.team.push_directly(changes)
        if not dropped:
            self._apply(*pushed, trouble)

    @rule(slot=st.sampled_from(SLOTS), text=TEXTS | st.none())
    def edit(self, slot: Slot, text: str | None) -> None:
        """Let another client edit a field, to a text of its own or to one that a commit may want."""
        self._edit(slot, text)

    def _edit(self, slot: Slot, text: str | None) -> None:
        self.edits += 1
        value = text or f"foreign {self.edits} of them"
        self.team.platform.edit(slot, value)
        self.claims.edited(slot, value, unique=text is None)

    @rule(data=st.data(), trouble=TROUBLES)
    def repeat(self, data: st.DataObject, trouble: Trouble | None) -> None:
        run = data.draw(st.sampled_from(list(self.team.state.runs.values())))
        if run.id in self.team.events:
            self._apply(run, self.team.events[run.id], trouble, again=True)

    @rule(trouble=TROUBLES, slot=st.sampled_from(SLOTS) | st.none(), text=TEXTS | st.none())
    def dispatch(self, trouble: Trouble | None, slot: Slot | None, text: str | None) -> None:
        """Run the workflow by hand; another client may edit a field between the plan and its apply."""
        before = self.claims.before(tip(self.team.state))
        ended = self.team.dispatch(trouble, lambda: None if slot is None else self._edit(slot, text))
        run = list(self.team.state.runs.values())[-1]
        self.claims.check_apply(run, tip(self.team.state), before, ended)

    @rule(trouble=TROUBLES)
    def schedule(self, trouble: Trouble | None) -> None:
        self.claims.check_drift(self.team.schedule(trouble))

    @precondition(lambda self: any(not a.expired for a in self.team.state.artifacts.values()))
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        there = [a for a in self.team.state.artifacts.values() if not a.expired]
        self.team.state.expire(data.draw(st.sampled_from(there)))

    @invariant()
    def always(self) -> None:
        self.claims.check_always()

    def teardown(self) -> None:
        with self.closing:
            self.claims.check_end(self.team.dispatch(None))
            self.claims.check_always()

    def _apply(self, run: Run, event: Event, trouble: Trouble | None, *, again: bool = False) -> None:
        before = self.claims.before(event.sha)
        ended = self.team.again(run, trouble) if again else self.team.follow(run, event, trouble)
        if event.name in {"push", "workflow_dispatch"}:
            self.claims.check_apply(run, event.sha, before, ended)
        elif event.name == "schedule":
            self.claims.check_drift(ended)


@pytest.fixture(scope="module", autouse=True)
def _founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with founded(tmp_path_factory.mktemp("team"), FIRST) as team:
        Machine.founder = team
        yield


# The tests below assert what the machine's claims say after each step of a story.
STORIES: Final = settings(stateful_step_count=4, report_multiple_bugs=False)


def test_a_team_keeps_its_state_whichever_run_is_lost() -> None:
    run_state_machine_as_test(Machine, settings=settings(STORIES, max_examples=4))


@pytest.mark.slow
def test_a_team_keeps_its_state_whichever_run_is_lost_in_more_stories() -> None:
    run_state_machine_as_test(Machine, settings=settings(STORIES, max_examples=6, stateful_step_count=10))
