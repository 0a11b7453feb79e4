"""Join the documents of all shards of one run into the result of one run over everything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter

from trueup.errors import Diagnostic, InvalidInput
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, TargetAddress
from trueup.model.manifest import State
from trueup.model.plan import Base, DigestIs, Drift, Pending, Plan, ResourceDrift, ResourcePlan, VersionIs
from trueup.model.run import Outcome
from trueup.plan.same_resource import ManagedResource, shared_resources
from trueup.plan.shard import Shard
from trueup.plan.whole import with_resources
from trueup.report.document import refused
from trueup.report.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The joined result: that of one run over everything, except for the number of unmanaged resources.

    ``plan`` and ``drift`` are None when a shard has none. ``early`` has a text for each shard that an error ended.
    """

    command: str
    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None
    outcomes: tuple[Outcome, ...] | None
    early: tuple[str, ...]
    drift: Drift | None = None


def shard_of(report: Result) -> Shard:
    """Return the shard of a document that ``read_report`` has read."""
    assert report.shard is not None
    return report.shard


def join(reports: Sequence[Result]) -> Joined:
    """Join the reports of all shards of one run.

    Raises :class:`~trueup.errors.InvalidInput` with the code ``shard-foreign``, ``shard-repeated`` or
    ``shard-missing`` when the reports are not exactly the shards of one run, and with ``same-resource-twice`` when two
    shards would change one live resource, by two ids or through two targets.
    """
    _check_same_run(reports)
    _check_each_once(reports)
    _check_same_base(reports)
    _check_belongs(reports)
    # The result does not depend on the order in which the files are named.
    ordered = sorted(reports, key=shard_of)
    plans = [report.plan for report in ordered if report.plan is not None]
    outcomes = [report.outcomes for report in ordered if report.outcomes is not None]
    # An incomplete plan would look like a plan of everything. Outcomes are always shown: they have happened.
    whole = len(plans) == len(ordered) or bool(outcomes)
    return Joined(
        command=ordered[0].command,
        # Every shard reports the problems of the project file; they are shown once.
        diagnostics=tuple(dict.fromkeys(chain.from_iterable(report.diagnostics for report in ordered))),
        plan=_join_plans(plans, ordered[0].file) if plans and whole else None,
        outcomes=tuple(sorted(chain.from_iterable(outcomes), key=attrgetter("identity"))) if outcomes else None,
        early=tuple(f"shard {shard_of(report)}: {report.error_text}" for report in ordered if report.error_text),
        drift=_join_drifts([report.drift for report in ordered]),
    )


def _foreign(file: str, message: str) -> InvalidInput:
    return refused(file, "shard-foreign", message)


def _check_same_run(reports: Sequence[Result]) -> None:
    first = reports[0]
    for report in reports[1:]:
        if shard_of(report).count != shard_of(first).count:
            shards = f"This is shard {shard_of(report)}, but {first.file} is shard {shard_of(first)}"
            raise _foreign(report.file, f"{shards}: not the same run.")
        if report.command != first.command:
            commands = f"This is from trueup {report.command}, but {first.file} is from {first.command}"
            raise _foreign(report.file, f"{commands}: not the same run.")
        # The attempt of a run is not compared: a new attempt repeats only the shards that failed.
        if report.provenance.place != first.provenance.place:
            places = f"This was made from {report.provenance}, but {first.file} from {first.provenance}"
            raise _foreign(report.file, f"{places}: not the same run.")
    _check_same_files(reports)


def _check_same_files(reports: Sequence[Result]) -> None:
    """Refuse shards of different working copies; a shard that ended before it read its files has no hash of them."""
    # A shard that failed early must not hide what the others did.
    known = [report for report in reports if report.provenance.files]
    for report in known[1:]:
        if report.provenance.files != known[0].provenance.files:
            message = f"The manifests or the project file were not the same for this and {known[0].file}."
            raise _foreign(report.file, f"{message} Plan all shards from one state of the files.")


def _check_same_base(reports: Sequence[Result]) -> None:
    compared = [(report.file, made.base) for report in reports if (made := report.plan or report.drift) is not None]
    for file, base in compared[1:]:
        first, other = compared[0]
        if base != other:
            message = f"This was compared with {_based(base)}, but {first} with {_based(other)}: not the same run."
            raise _foreign(file, message)


def _based(base: Base | None) -> str:
    return "no base" if base is None else f"{base.revision} ({base.commit})"


def _check_each_once(reports: Sequence[Result]) -> None:
    count = shard_of(reports[0]).count
    for index in range(1, count + 1):
        shard = Shard(index, count)
        files = [report.file for report in reports if shard_of(report) == shard]
        if len(files) > 1:
            raise refused(files[-1], "shard-repeated", f"Shard {shard} is given more than once: {', '.join(files)}.")
        if not files:
            raise refused(reports[0].file, "shard-missing", f"Shard {shard} of the same run is not given.")


def _check_belongs(reports: Sequence[Result]) -> None:
    first: dict[Identity, Result] = {}
    for report, identity in ((one, identity) for one in reports for identity in _identities(one)):
        # Other manifests would make a resource appear in two shards, or in none. One that refers to another is in the
        # shard of the other one, which the documents do not show.
        if KINDS[identity.kind].dependencies.refers is None and not shard_of(report).has(identity):
            message = f"{identity} is not in shard {shard_of(report)}: other manifests, or another version of trueup."
            raise _foreign(report.file, message)
        other = first.setdefault(identity, report)
        if other is not report:
            raise _foreign(report.file, f"{identity} is in shard {shard_of(other)} too: other manifests.")


def _identities(report: Result) -> Iterable[Identity]:
    planned = () if report.plan is None else report.plan.resources
    drifted = () if report.drift is None else report.drift.resources
    found: Iterable[ResourcePlan | ResourceDrift | Outcome] = chain(planned, drifted, report.outcomes or ())
    return (resource.identity for resource in found)


def _join_drifts(drifts: Sequence[Drift | None]) -> Drift | None:
    """Join the drift of all shards; None if one is missing, as its resources would look as if they were in sync."""
    known = [drift for drift in drifts if drift is not None]
    if len(known) < len(drifts):
        return None
    resources = chain.from_iterable(drift.resources for drift in known)
    whole = replace(known[0], resources=tuple(sorted(resources, key=attrgetter("identity"))))
    return replace(whole, pending=_join_pending(known), unrecorded=_join_unrecorded(known))


def _join_pending(shards: Sequence[Plan | Drift]) -> tuple[Pending, ...]:
    return tuple(sorted(chain.from_iterable(shard.pending for shard in shards), key=attrgetter("identity")))


def _join_unrecorded(shards: Sequence[Plan | Drift]) -> tuple[str, ...]:
    return tuple(sorted(set(chain.from_iterable(shard.unrecorded for shard in shards))))


def _join_plans(plans: Sequence[Plan], file: str) -> Plan:
    resources = tuple(sorted(chain.from_iterable(plan.resources for plan in plans), key=attrgetter("identity")))
    live = (
        # Only a resource that exists has a remote id.
        ManagedResource(r.identity, r.locale, r.precondition.remote_id, r.lifecycle.state is State.ABSENT)
        for r in resources
        if isinstance(r.precondition, VersionIs | DigestIs)
    )
    places = _join_places(plans, file)
    twice = sorted({remote_id for remote_id, _ in shared_resources(live, places).values()})
    if twice:
        message = (
            f"Two manifests describe the same live resource ({', '.join(twice)}), by two ids or through two targets. "
            "Keep one of the two."
        )
        raise refused(file, "same-resource-twice", message)
    # Unmanaged resources are not counted: each shard sees the others' resources as unmanaged.
    whole = replace(
        # The rest of a plan is the same in all shards: commit, run, files and base have been compared.
        plans[0],
        unmanaged={},
        gone=tuple(sorted(chain.from_iterable(plan.gone for plan in plans), key=attrgetter("identity"))),
        places=places,
        # Every shard names each target that has moved.
        moved=tuple({moved.target: moved for plan in plans for moved in plan.moved}.values()),
        pending=_join_pending(plans),
        unrecorded=_join_unrecorded(plans),
    )
    return with_resources(whole, resources)


def _join_places(plans: Sequence[Plan], file: str) -> Mapping[str, TargetAddress]:
    places: dict[str, TargetAddress] = {}
    for target, place in chain.from_iterable(plan.places.items() for plan in plans):
        if places.setdefault(target, place) != place:
            message = f"One shard has the target {target} at {places[target]}, another at {place}: not the same run."
            raise _foreign(file, message)
    return dict(sorted(places.items()))
