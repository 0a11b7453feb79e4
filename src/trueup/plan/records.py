"""What is known to have been applied: for each target the commits that live may hold.

The records come from outside of the repository, for example from GitHub deployments, and reach a command as a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trueup.model.identity import Identity
from trueup.plan.codec import JsonObject, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """The applies of one target; all commits are full object ids.

    ``settled`` is the newest commit whose apply ended with everything as that commit wants it, except the resources in
    ``left``, which hold what the given older commit wanted (None: not known). ``attempts`` are later commits whose
    apply has no recorded end, newest first: a run that was killed may have written any part of them. ``url`` is the
    page of the newest apply.
    """

    settled: str | None = None
    attempts: tuple[str, ...] = ()
    left: Mapping[Identity, str | None] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRef:
    """A pull request, by its number and address."""

    number: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of all targets, by target name, and the pull requests by the commit that merged them.

    A target that is missing was never recorded: what it holds is not known.
    """

    targets: Mapping[str, TargetRecord] = field(default_factory=dict)
    pulls: Mapping[str, PullRef] = field(default_factory=dict)


def records_to_json(records: Records) -> JsonObject:
    """Return the document of records."""
    targets = {
        name: {
            "settled": record.settled,
            "attempts": list(record.attempts),
            "left": [{"identity": to_json(identity), "commit": commit} for identity, commit in record.left.items()],
            "url": record.url,
        }
        for name, record in records.targets.items()
    }
    return {"formatVersion": 1, "targets": targets, "pulls": {c: to_json(pull) for c, pull in records.pulls.items()}}
