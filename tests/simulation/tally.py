"""Count what a simulation did and which invariants were broken."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from simulation.event_log import Attempt, Sent, Verb
from simulation.invariants.evidence import Invariant, Violation
from simulation.places import is_deployment
from simulation.run import FinishedRun
from trueup.model.run import Status

_FAULTS: Final = 500
"""Statuses from here on say nothing of what became of a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A run that broke invariants."""

    run: int
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class Tally:
    """Counts over runs. ``broken`` counts runs by the invariants they broke, once each."""

    runs: int = 0
    done: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    switches: Counter[str] = field(default_factory=Counter)
    edits: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, finished: FinishedRun, violations: Iterable[Violation]) -> None:
        """Add one run."""
        event_log, found = finished.event_log, tuple(violations)
        self.runs += 1
        self._count_lives(finished)
        self.requests.update(str(sent.verb) for sent in event_log.requests)
        self.done["reads"] += sum(not sent.verb.writes for sent in event_log.requests)
        self.done["writes"] += sum(sent.verb.writes for sent in event_log.requests)
        self.seen["writes of several resources in one request"] += sum(
            sent.verb.writes and len(sent.slots) > 1 for sent in event_log.requests
        )
        self.faults.update(finished.world.struck)
        self.switches.update(f"{name} = {value}" for name, value in finished.scenario.switches.items())
        self.edits.update(edit.kind for edit in event_log.edits)
        for name, count in event_log.counts.items():
            (self.faults if name.startswith("fault: ") else self.seen)[name.removeprefix("fault: ")] += count
        self.seen.update(_rollouts(finished))
        self.broken.update({violation.invariant: 1 for violation in found})
        if found:
            self.failures.append(Failure(run=finished.scenario.run, violations=found))

    def merge(self, other: "Tally") -> None:
        """Add another tally."""
        self.runs += other.runs
        for name in self._counters():
            getattr(self, name).update(getattr(other, name))
        self.failures += other.failures

    def _count_lives(self, finished: FinishedRun) -> None:
        for attempt in finished.event_log.attempts:
            self.done["attempts of the process"] += 1
            self.done["plans"] += attempt.plan is not None
            if attempt.killed:
                self.kills[attempt.killed] += 1
            self.outcomes.update(str(outcome.status) for outcome in attempt.outcomes or ())
            self.seen["lost writes settled later"] += _settled(attempt.journal)
            self.seen["attempts whose disk was full"] += bool(attempt.full)
            self.seen["attempts that were asked to stop"] += len(attempt.signals) == 1
            self.seen["attempts that were asked to stop at once"] += len(attempt.signals) > 1
            self.seen["attempts with a colleague's manifests"] += attempt.specs is finished.scenario.their_specs
            self.seen["plans with a base that lay elsewhere"] += bool(attempt.plan and attempt.plan.base)

    @staticmethod
    def _counters() -> tuple[str, ...]:
        return ("done", "requests", "faults", "switches", "edits", "kills", "outcomes", "seen", "broken")


def _rollouts(finished: FinishedRun) -> Counter[str]:
    """Count what happened to deployments."""
    event_log, settings = finished.event_log, finished.scenario.switches
    writes = [sent for sent in event_log.requests if sent.verb.writes and is_deployment(sent.slots[0])]
    found = Counter(
        {
            "deployments in manifests": sum(map(is_deployment, finished.scenario.specs)),
            "switches of deployments": sum(name.startswith(("deployment_", "undeploy_")) for name in settings),
            "kills during a rollout": sum(_is_killed(attempt, writes) for attempt in event_log.attempts),
        }
    )
    for sent in writes:
        name = {Verb.CREATE: "creations", Verb.UPDATE: "redeployments"}.get(sent.verb, "deletions")
        found[f"{name} of deployments"] += 1
        found[f"{name} of deployments, carried out without an answer"] += sent.performed and not _is_told(sent)
    return found


def _is_told(sent: Sent) -> bool:
    return sent.answered is not None and isinstance(sent.answer, dict) and (sent.status or 0) < _FAULTS


def _is_killed(attempt: Attempt, writes: Iterable[Sent]) -> bool:
    """Return whether an attempt was killed after a write to a deployment and before it had an outcome."""
    mine = {sent.slots[0] for sent in writes if sent.attempt == attempt.number}
    return bool(attempt.killed) and not mine <= attempt.ends.keys()


def _settled(lines: list[dict[str, object]]) -> int:
    """Count the writes that have an unknown ending and a later one that is not."""
    endings: dict[object, list[object]] = {}
    for line in lines:
        if line["record"] == "ending":
            endings.setdefault(line["number"], []).append(line["ending"])
    return sum("unknown" in told and told[-1] != "unknown" for told in endings.values())


def report(tally: Tally, *, seed: int, switches: bool) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{tally.runs} runs with seed {seed}"
    yield from _part("what trueup did", {**tally.done, **{f"  {name}": n for name, n in tally.requests.items()}})
    yield from _part("outcomes", {str(status): tally.outcomes[status] for status in Status if tally.outcomes[status]})
    yield from _part("faults", tally.faults)
    yield from _part("foreign edits", tally.edits)
    yield from _part("kills", tally.kills)
    yield from _part("seen on the way", {name: count for name, count in tally.seen.items() if count})
    if switches:
        yield from _part("switches", tally.switches)
    else:
        yield f"\nswitches: {sum(tally.switches.values())} drawn, {len(tally.switches)} different settings"
    yield "\ninvariants, runs that broke them"
    yield from (f"  {invariant:<46}{tally.broken[invariant]:>9}" for invariant in Invariant)


def _part(title: str, counts: dict[str, int] | Counter[str]) -> Iterator[str]:
    yield f"\n{title}: {sum(counts.values())}" if title in {"faults", "foreign edits", "kills"} else f"\n{title}"
    order = sorted(counts) if isinstance(counts, Counter) else counts
    yield from (f"  {name:<60}{counts[name]:>9}" for name in order)
