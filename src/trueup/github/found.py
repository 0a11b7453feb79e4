"""What a run found out before its work: pull requests, the plans that they showed, and the records of applies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from trueup.plan.codec import CODEC, JsonObject, from_json, to_json, version_of
from trueup.plan.typed_json import JsonForm, Unexpected


class NoPlan(StrEnum):
    """Why a pull request, or a commit, has no kept plan."""

    DIRECT_PUSH = "direct-push"
    FORK = "fork"
    NO_RUN = "no-run"
    INCOMPLETE = "incomplete"
    EXPIRED = "expired"
    DELETED = "deleted"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    DAMAGED = "damaged"
    TOO_MANY = "too-many"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPull:
    """A merged pull request of the commits that a run carries.

    ``commits`` are the commits of the default branch that belong to it, newest first. ``files`` are the kept plans,
    one per shard, as names in the step folder; empty with a ``reason``.
    """

    number: int
    url: str
    title: str
    commits: tuple[str, ...]
    files: tuple[str, ...] = ()
    reason: NoPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a run found out before its work.

    ``commits`` are the first parents since the last recorded apply, newest first; ``direct`` are those without a pull
    request, and ``unasked`` those whose pull request is not known, with the reason. ``superseded`` is the newer
    recorded commit because of which this run does nothing, or empty. ``deployments`` are the record numbers by target
    that this run has opened. ``notes`` are sentences for the log and the page.
    """

    commits: tuple[str, ...] = ()
    pulls: tuple[FoundPull, ...] = ()
    direct: tuple[str, ...] = ()
    superseded: str = ""
    deployments: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unasked: Mapping[str, NoPlan] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Return whether every commit of the range was shown by a plan that was found."""
        return not self.direct and not self.unasked and all(pull.reason is None for pull in self.pulls)

    @property
    def unread(self) -> bool:
        """Return whether there may be plans that GitHub did not return, or that the token may not read."""
        reasons = {*self.unasked.values(), *(pull.reason for pull in self.pulls)}
        return not reasons.isdisjoint({NoPlan.UNREACHABLE, NoPlan.FORBIDDEN})


_FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    format_version: int
    found: Found


CODEC.form(FoundPull, JsonForm(words=frozenset({"title"})))


def found_to_json(found: Found) -> JsonObject:
    """Return the document from which :func:`found_from_json` reads an equal value."""
    document: JsonObject = to_json(_Document(format_version=_FORMAT_VERSION, found=found))
    return document


def found_from_json(document: object) -> Found:
    """Read a document of :func:`found_to_json`; raises :class:`~trueup.plan.typed_json.Unexpected`."""
    version = version_of(document)
    if version != _FORMAT_VERSION:
        raise Unexpected(f"it has format version {version}, and this trueup reads version {_FORMAT_VERSION}")
    return from_json(document, _Document).found
