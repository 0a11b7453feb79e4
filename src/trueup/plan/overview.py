"""Read the live states of resources, with and without manifests; nothing is compared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import assert_never

from trueup.errors import PlatformError, explained
from trueup.faults import fault_text
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, Targets
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.manifest import Manifest, State
from trueup.model.overview import Condition, LiveStatus, Overview, ResourceStatus
from trueup.model.reader import Reader, Surveyor
from trueup.plan.build import OnRead, read_live

_UNREADABLE = LiveStatus(state="not readable", condition=Condition.UNREADABLE)
_NOT_THERE = LiveStatus(state="not there", condition=Condition.MISSING)
_DELETED = LiveStatus(state="deleted, as wanted")
_TO_DELETE = "Its manifest asks for its deletion."
_NO_KEY = LiveStatus(state="Live", notes=("It has no key, so no manifest can describe it.",))


async def read_overview(
    manifests: Sequence[Manifest], readers: Mapping[str, Reader], *, at: str, on_read: OnRead | None = None
) -> Overview:
    """Read the resources of the manifests; ``at`` is the time now in ISO 8601."""
    readings = await read_live(manifests, readers, on_read)
    found = (_of_manifest(manifest, readings[manifest.identity]) for manifest in manifests)
    return Overview(at=at, resources=tuple(sorted(found, key=attrgetter("identity"))))


async def with_unmanaged(
    overview: Overview, targets: Targets, surveyors: Mapping[str, Surveyor], known: Collection[Identity]
) -> Overview:
    """Return the overview with the other live resources of the targets whose platform can list them.

    ``known`` are the identities that have a manifest.
    """
    found, unlisted = [*overview.resources], list[str]()
    for name, target in targets.items():
        for kind in KINDS.on(target.platform) if name in surveyors else ():
            try:
                found += await _listed(surveyors[name], name, kind, known)
            except PlatformError as error:
                unlisted.append(f"The {kind.plural} on {name} could not be listed: {explained(error)}")
    return replace(overview, resources=tuple(sorted(found, key=attrgetter("identity"))), unlisted=tuple(unlisted))


async def _listed(
    surveyor: Surveyor, target: str, kind: KindSpec, known: Collection[Identity]
) -> Sequence[ResourceStatus]:
    if kind.naming.unlisted:
        return ()
    survey = await surveyor.survey(target, kind.kind)
    nameless = (Identity(target, kind.kind, kind.naming.field, remote_id) for remote_id in survey.nameless)
    return [
        *(_of_reading(identity, reading) for identity, reading in survey.readings.items() if identity not in known),
        *(ResourceStatus(identity=identity, live=_NO_KEY) for identity in nameless),
    ]


def _of_manifest(manifest: Manifest, reading: Reading) -> ResourceStatus:
    found = replace(_of_reading(manifest.identity, reading), position=manifest.positions.at(()))
    if manifest.lifecycle.state is State.PRESENT:
        return found
    live = _DELETED if isinstance(reading, Missing) else replace(found.live, notes=(*found.live.notes, _TO_DELETE))
    return replace(found, live=live)


def _of_reading(identity: Identity, reading: Reading) -> ResourceStatus:
    match reading:
        case Live():
            return _of_live(identity, reading)
        case Missing():
            return ResourceStatus(identity=identity, live=_NOT_THERE)
        case Unreadable(error):
            return ResourceStatus(identity=identity, live=_UNREADABLE, error=explained(error))
        case _ as never:
            assert_never(never)


def _of_live(identity: Identity, live: Live) -> ResourceStatus:
    try:
        return ResourceStatus(identity=identity, live=KINDS[identity.kind].status(live), version=live.version)
    except Exception as error:  # noqa: BLE001 - an error in one resource must not hide the others
        why = fault_text(error, "reading the state of a resource")
        return ResourceStatus(identity=identity, live=_UNREADABLE, error=why)
