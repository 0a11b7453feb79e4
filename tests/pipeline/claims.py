"""What must be true after each job of a team, judged by what is really live and not by what trueup reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from github.git import is_ancestor, tip
from github.state import Deployment, Run
from pipeline.jobs import Ended
from pipeline.platform import Slot, Values
from pipeline.team import Shown, Team

_SETTLED = frozenset({"success", "failure"})


@dataclass(frozen=True)
class Before:
    """What was true when a job began."""

    live: Values
    newer: bool
    unsettled: frozenset[int]
    last: int


@dataclass
class Claims:
    """The claims about one team.

    ``foreign`` are edits by others that are live as far as is known, and ``written`` all of them whose texts are
    unique. ``settled`` is the last commit of which every resource was applied.
    """

    team: Team
    settled: str
    foreign: dict[Slot, str] = field(default_factory=dict)
    written: dict[Slot, str] = field(default_factory=dict)
    _now: Before | None = None
    _ancestors: dict[tuple[str, str], bool] = field(default_factory=dict)

    def edited(self, slot: Slot, value: str, *, unique: bool) -> None:
        """Record an edit by another client, also one in the middle of a job."""
        self.foreign[slot] = value
        if self._now is not None:
            self._now.live[slot] = value
        self.written.pop(slot, None)
        if unique:
            self.written[slot] = value

    def before(self, commit: str) -> Before:
        """Return what is true before a job for a commit."""
        state = self.team.state
        deployed = [d for d in state.deployments() if d.state != "inactive"]
        newer = any(d.sha != commit and self._is_ancestor(commit, d.sha) for d in deployed)
        last = max((d.id for d in state.deployments()), default=0)
        self._now = Before(self.team.platform.live(), newer, self._unsettled(), last)
        return self._now

    def check_apply(self, run: Run, commit: str, before: Before, ended: Ended | None) -> None:
        """Check a job that applies a commit; it may have been killed."""
        live, wanted = self.team.platform.live(), self.team.wanted(commit)
        changes = {slot: (value, live[slot]) for slot, value in before.live.items() if live[slot] != value}
        whole = ended is not None and ended.status is not None
        self._now = None
        for slot, (_, now) in changes.items():
            assert now == wanted[slot], f"{slot} became {now!r}, which its commit does not want"
            self.foreign.pop(slot, None)
        if before.newer:
            assert not changes, f"an old run set live back: {changes}"
            assert not whole or (ended is not None and ended.status == 0), "a superseded run is red"
            return
        self._check_shown(run, changes)
        self._check_told(live)
        made = [d for d in self.team.state.deployments() if d.id > before.last]
        assert not changes or any(d.sha == commit for d in made), "what was sent is not recorded"
        for deployment in made:
            self._check_record(deployment, live, wanted)
        if whole:
            self._check_whole(run, commit, before, wanted, made)

    def check_drift(self, ended: Ended | None) -> None:
        """Check a job that looks for drift: its issue names each foreign edit, and is open only because of one."""
        if ended is None or ended.status is None:
            return
        issues = self.team.state.issues()
        for slot, value in self.written.items():
            if self.foreign.get(slot) == value:
                assert any(value in issue.body for issue in issues), f"no issue names {value!r} in {slot}"
        assert not issues or self.foreign, f"an issue is open without a foreign edit: {issues[0].body}"

    def check_always(self) -> None:
        """Check what is true at any time."""
        state = self.team.state
        newest = tip(state)
        for deployment in state.deployments():
            assert self._is_ancestor(deployment.sha, newest), "a record is newer than the branch"
        self._check_told(self.team.platform.live())

    def check_end(self, ended: Ended | None) -> None:
        """Check what is true after a last run by hand."""
        newest, live = tip(self.team.state), self.team.platform.live()
        log = "" if ended is None else (ended.folder / "log").read_text()
        assert live == self.team.wanted(newest), f"live is not as the branch wants it: {log}"
        assert not self.team.state.issues(), "the issue about drift is still open"
        assert ended is None or ended.status == 0, "the last run is red"
        records = [(deployment.sha, deployment.state) for deployment in self.team.state.deployments()]
        assert records[-1:] == [(newest, "success")], f"the last record is not of the branch: {records}"

    def _check_shown(self, run: Run, changes: Mapping[Slot, tuple[str, str]]) -> None:
        """Check that a plan showed each change: that of the run by hand, or of a merged pull request's last head."""
        for slot, change in changes.items():
            assert any(
                shown.changes.get(slot) == change
                for shown in self.team.shown
                if (shown.artifact.run is run if run.event != "push" else self._approves(shown))
            ), f"no plan showed {slot}: {change}"

    def _approves(self, shown: Shown) -> bool:
        if shown.pull is None or shown.artifact.expired:
            return False
        pull = self.team.state.threads[shown.pull].its_pull
        return pull.merged_at is not None and pull.head_sha == shown.head

    def _check_told(self, live: Values) -> None:
        told = "\n".join(self.team.told) + "\n".join(shown.text for shown in self.team.shown)
        for slot, value in self.written.items():
            assert live[slot] == value or value in told, f"{value!r} in {slot} was lost, and nothing said so"

    def _check_record(self, deployment: Deployment, live: Values, wanted: Values) -> None:
        """Check that a record does not say more than what is live."""
        if deployment.state not in _SETTLED:
            return
        payload: Any = deployment.payload
        if deployment.state == "failure" and payload["left"] is None:
            return
        left = {one["value"] for one in payload["left"] or ()}
        missing = {slot for slot in live if live[slot] != wanted[slot] and slot[0] not in left}
        assert not missing, f"a record says that {missing} are applied"

    def _check_whole(self, run: Run, commit: str, before: Before, wanted: Values, made: list[Deployment]) -> None:
        """Check a job that nothing disturbed: it ends its record, and applies all that is approved."""
        assert self._unsettled() <= before.unsettled, "a run that ended well left its record open"
        live = self.team.platform.live()
        if run.event == "push":
            for key in {slot[0] for slot in wanted}:
                asked = {s: (before.live[s], wanted[s]) for s in wanted if s[0] == key and before.live[s] != wanted[s]}
                touched = any(slot[0] == key for slot in self.foreign)
                if asked and not touched and all(self._carried(slot, change) for slot, change in asked.items()):
                    assert all(live[slot] == wanted[slot] for slot in asked), (
                        f"{asked} was approved, and is not applied"
                    )
        if live == wanted and made:
            self.settled = commit

    def _carried(self, slot: Slot, change: tuple[str, str]) -> bool:
        """Return whether a pull request that was merged since all was applied showed a change."""
        state = self.team.state
        return any(
            shown.changes.get(slot) == change
            for shown in self.team.shown
            if self._approves(shown)
            and shown.pull is not None
            and not self._is_ancestor(state.threads[shown.pull].its_pull.merge_commit_sha or "", self.settled)
        )

    def _is_ancestor(self, old: str, new: str) -> bool:
        if (old, new) not in self._ancestors:
            self._ancestors[old, new] = is_ancestor(self.team.state, old, new)
        return self._ancestors[old, new]

    def _unsettled(self) -> frozenset[int]:
        return frozenset(d.id for d in self.team.state.deployments() if d.state not in {*_SETTLED, "inactive"})
