"""The keys under which comments, issues, kept plans and records of one project are found again."""

import hashlib
from dataclasses import dataclass
from typing import Literal

Subject = Literal["plan", "preview", "validate", "drift", "record"]
"""What a text or record is about. ``plan`` includes merge and apply: the comment with a plan becomes its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """The part of a repository that a run is about.

    ``project`` is the path of the project file relative to the repository's root, with ``/``. ``targets`` and
    ``select`` are the inputs of these names, in any order. ``comment_key`` is the input of this name, or empty.
    """

    project: str
    targets: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    comment_key: str = ""


def scope_key(subject: Subject, scope: KeyScope) -> str:
    """Return a key of 16 hex digits, the same for the same subject and scope."""
    parts = (
        "2",
        subject,
        scope.project,
        "\1".join(sorted(set(scope.targets))),
        "\1".join(sorted(set(scope.select))),
        scope.comment_key,
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def kept_name(scope: KeyScope, *, shard: str, attempt: int) -> str:
    """Return the name of the artifact that keeps a plan; ``shard`` is ``I/N``, ``1/1`` without shards."""
    part, _, parts = shard.partition("/")
    return f"trueup-plan-{scope_key('plan', scope)}-{part}-of-{parts}-{attempt}"
