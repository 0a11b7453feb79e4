"""Count what a campaign did and what went wrong in it, and print both."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.campaign.judges.evidence import Alarm, Invariant
from benchmarks.campaign.lives import Lived
from trueup.model.run import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Hold a run in which an alarm went off."""

    run: int
    alarms: tuple[Alarm, ...]


@dataclass(slots=True)
class Tally:
    """Add up runs. ``broken`` counts runs by the invariants they broke, once each."""

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

    def add(self, lived: Lived, alarms: Iterable[Alarm]) -> None:
        """Take in one run."""
        ledger, found = lived.ledger, tuple(alarms)
        self.runs += 1
        self._count_lives(lived)
        self.requests.update(str(sent.verb) for sent in ledger.requests)
        self.done["reads"] += sum(not sent.verb.writes for sent in ledger.requests)
        self.done["writes"] += sum(sent.verb.writes for sent in ledger.requests)
        self.seen["writes of several resources in one request"] += sum(
            sent.verb.writes and len(sent.slots) > 1 for sent in ledger.requests
        )
        self.faults.update(lived.world.struck)
        self.switches.update(f"{name} = {value}" for name, value in lived.scenario.switches.items())
        self.edits.update(edit.kind for edit in ledger.edits)
        for name, count in ledger.counts.items():
            (self.faults if name.startswith("fault: ") else self.seen)[name.removeprefix("fault: ")] += count
        self.broken.update({alarm.invariant: 1 for alarm in found})
        if found:
            self.failures.append(Failure(run=lived.scenario.run, alarms=found))

    def merge(self, other: "Tally") -> None:
        """Take in another tally."""
        self.runs += other.runs
        for name in self._counters():
            getattr(self, name).update(getattr(other, name))
        self.failures += other.failures

    def _count_lives(self, lived: Lived) -> None:
        for life in lived.ledger.lives:
            self.done["lives of the process"] += 1
            self.done["plans"] += life.plan is not None
            if life.killed:
                self.kills[life.killed] += 1
            self.outcomes.update(str(outcome.status) for outcome in life.outcomes or ())
            self.seen["lost writes settled later"] += _settled(life.journal)
            self.seen["lives whose disk was full"] += bool(life.full)
            self.seen["lives that were asked to stop"] += len(life.signals) == 1
            self.seen["lives that were asked to stop at once"] += len(life.signals) > 1
            self.seen["lives with a colleague's manifests"] += life.specs is lived.scenario.their_specs
            self.seen["plans with a base that lay elsewhere"] += bool(life.plan and life.plan.base)

    @staticmethod
    def _counters() -> tuple[str, ...]:
        return ("done", "requests", "faults", "switches", "edits", "kills", "outcomes", "seen", "broken")


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
