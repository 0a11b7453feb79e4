"""The keys under which comments, issues, kept plans and records of one project are found again."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

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


KEPT_PREFIX: Final = "trueup-plan-"
"""The start of the name of every artifact that keeps a plan."""

KEPT_NAME: Final = re.compile(
    KEPT_PREFIX + "(?P<key>[0-9a-f]{16})-(?P<part>[0-9]{1,6})-of-(?P<parts>[0-9]{1,6})-(?P<attempt>[0-9]{1,9})"
)
"""The whole name; the digits are bounded, since int() refuses very long ones."""


def kept_name(scope: KeyScope, *, shard: str, attempt: int) -> str:
    """Return the name of the artifact that keeps a plan; ``shard`` is ``I/N``, ``1/1`` without shards."""
    part, _, parts = shard.partition("/")
    return f"{KEPT_PREFIX}{scope_key('plan', scope)}-{part}-of-{parts}-{attempt}"


def kept_pattern(scope: KeyScope, *, shard: str) -> str:
    """Return the glob of the names that the parts and attempts of one plan have."""
    return f"{KEPT_PREFIX}{scope_key('plan', scope)}-*-of-{shard.partition('/')[2]}-*"
