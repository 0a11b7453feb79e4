"""The search for live resources to import, by name or on whole targets."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from trueup.edit.describe import Described, NotImported
from trueup.errors import NotAuthorised, PlatformError, UsageError, explained
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.manifest.project import Project
from trueup.model.identity import Identity, Target
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.lookalikes import distinguishable, plain_form
from trueup.model.manifest import Manifest
from trueup.model.position import Position
from trueup.model.reader import Reader, Surveyor, Wanted
from trueup.platforms.open import Platforms

_OnRead = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """The resources to import: those with the names, or without names everything on the targets.

    Empty ``targets`` mean all of them. ``origin_ids``: the names are the ids that the platform has assigned.
    """

    names: tuple[str, ...]
    targets: tuple[str, ...]
    origin_ids: bool


@dataclass(slots=True)
class ImportScan:
    """The results of a search: live resources, those that already have a manifest, and names without a resource."""

    live: list[tuple[Identity, Live]] = field(default_factory=list)
    described: list[Described] = field(default_factory=list)
    not_imported: list[NotImported] = field(default_factory=list)
    alike: dict[str, str] = field(default_factory=dict)
    """Names without a resource, with the live name that looks the same."""
    managed: list[tuple[Identity, Live]] = field(default_factory=list)
    """Live resources that have a manifest, as far as their target was listed."""

    def add(self, identity: Identity, reading: Reading) -> None:
        """Add one reading."""
        match reading:
            case Live():
                self.live.append((identity, reading))
            case Unreadable(error):
                self.add_not_imported(identity, explained(error).removesuffix("."), failed=True)
            case Missing(alike):
                if alike:
                    self.alike[identity.value] = alike

    def add_not_imported(self, identity: Identity, reason: str, *, failed: bool = False) -> None:
        """Add a resource that gets no manifest, with the reason."""
        self.not_imported.append(
            NotImported(kind=identity.kind, name=identity.value, target=identity.target, reason=reason, failed=failed)
        )


def targets_of(project: Project, request: ImportRequest) -> Mapping[str, Target]:
    """Return the targets to search; raise UsageError when no target can have what is requested."""
    if not project.targets:
        message = (
            "There is no target to import from: no trueup.yaml was found here or above, or it defines no target. "
            "Start a project with trueup init, or name its file with --project."
        )
        raise UsageError(message)
    chosen = {
        name: target for name, target in project.targets.items() if not request.targets or name in request.targets
    }
    with_ids = {n: t for n, t in chosen.items() if any(kind.naming.own_id for kind in KINDS.of(t))}
    if request.origin_ids and not (with_ids and request.names):
        message = "--origin-id needs an Origin target and at least one NAME."
        raise UsageError(message)
    # Without names, at least one target must be able to list its resources.
    unlisted = [_unlisted(name, target) for name, target in chosen.items()]
    if not request.names and unlisted and all(unlisted):
        raise UsageError(unlisted[0])
    return with_ids if request.origin_ids else chosen


def _unlisted(name: str, target: Target) -> str:
    """Return why no resources of a target can be listed, empty when some can."""
    reasons = [kind.naming.unlisted.format(name) for kind in KINDS.of(target)]
    return reasons[0] if all(reasons) else ""


async def scan(
    platforms: Platforms,
    targets: Mapping[str, Target],
    request: ImportRequest,
    manifests: Collection[Manifest],
    on_read: _OnRead,
) -> ImportScan:
    """Read the requested resources that have no manifest; ``on_read`` gets each target and the number read so far."""
    found = ImportScan()
    known = {manifest.identity: manifest.positions.at(()) for manifest in manifests}
    for name, target in targets.items():
        kinds = KINDS.of(target)
        if request.names:
            # These readings are only hints for names that are not found; they are never imported.
            for spec in kinds:
                await _find_alike(platforms.readers[name], name, spec, request, found)
            taken = await _remote_ids(platforms.readers[name], name, known, request)
            identities = [identity for kind in kinds for identity in _identities(name, kind, request)]
            await _find_names(platforms.readers[name], identities, known, taken, found)
        # Only platforms that can list their resources have a surveyor.
        elif name in platforms.surveyors:
            listed = [kind for kind in kinds if not kind.naming.unlisted]
            for spec in listed:
                await _find_all(platforms.surveyors[name], name, spec, known, found)
        else:
            kind = " and ".join(str(kind.kind) for kind in kinds)
            found.not_imported.append(NotImported(kind=kind, name="", target=name, reason=_unlisted(name, target)))
        on_read(name, len(found.live))
    _leave_out_same(targets, known, found)
    _add_not_found(targets, request, found)
    return found


def _identities(target: str, kind: KindSpec, request: ImportRequest) -> list[Identity]:
    naming = kind.naming
    field_ = naming.own_id if request.origin_ids else naming.field
    # A name is tried for every kind; where its form is impossible, no request is sent.
    possible = [name for name in request.names if naming.form is None or naming.form.fullmatch(name)]
    return [] if field_ is None else [Identity(target, kind.kind, field_, name) for name in possible]


async def _find_alike(reader: Reader, target: str, kind: KindSpec, request: ImportRequest, found: ImportScan) -> None:
    """Read resources whose names look like a requested name that is not a valid name of the kind."""
    form = kind.naming.form
    if form is None:
        return
    keys = {
        plain: name for name in request.names if not form.fullmatch(name) and form.fullmatch(plain := plain_form(name))
    }
    wanted = [Wanted(Identity(target, kind.kind, kind.naming.field, key)) for key in keys]
    readings = (await reader.read_all(wanted)).readings if wanted else {}
    for identity, reading in readings.items():
        alike = identity.value if isinstance(reading, Live) else getattr(reading, "alike", "")
        if alike:
            found.alike[keys[identity.value]] = alike


async def _remote_ids(
    reader: Reader, target: str, known: Mapping[Identity, Position], request: ImportRequest
) -> dict[str, Identity]:
    """Return the manifests of a target by the id that the platform has assigned to their resources."""
    own_ids = {identity: KINDS[identity.kind].naming.own_id for identity in known if identity.target == target}
    # The ids are UUIDs, in which case does not matter.
    taken = {identity.value.lower(): identity for identity, own_id in own_ids.items() if identity.field is own_id}
    if request.origin_ids:
        # Manifests that name a resource in another way have to be read for its id.
        others = [Wanted(identity) for identity, own_id in own_ids.items() if own_id not in {None, identity.field}]
        readings = (await reader.read_all(others)).readings
        taken |= {live.remote_id.lower(): i for i, live in readings.items() if isinstance(live, Live)}
    return taken


async def _find_names(
    reader: Reader,
    identities: Sequence[Identity],
    known: Mapping[Identity, Position],
    taken: dict[str, Identity],
    found: ImportScan,
) -> None:
    """Read resources without a manifest; ``taken`` has the ids of those that have one under another name."""
    wanted = [Wanted(identity) for identity in identities if identity not in known]
    found.described += [Described(identity=i, position=known[i]) for i in identities if i in known]
    answer = await reader.read_all(wanted)
    for identity in (one.identity for one in wanted):
        reading = answer.readings[identity]
        # setdefault: two names in one command can mean the same resource, too.
        other = taken.setdefault(reading.remote_id.lower(), identity) if isinstance(reading, Live) else identity
        if other == identity:
            found.add(identity, reading)
        else:
            found.add_not_imported(identity, f"it is the same as {other.field} {other.value}, which has a manifest")


async def _find_all(
    surveyor: Surveyor, target: str, kind: KindSpec, known: Mapping[Identity, Position], found: ImportScan
) -> None:
    name = str(kind.kind)
    try:
        survey = await surveyor.survey(target, kind.kind)
    # One target or kind that fails must not cost the import of the others.
    except PlatformError as error:
        reason = explained(error).removesuffix(".")
        # Each kind has its own permissions, and a client for one of them is no fault.
        failed = not (isinstance(error, NotAuthorised) and found.live)
        found.not_imported.append(NotImported(kind=name, name="", target=target, reason=reason, failed=failed))
        return
    # Sorted: the order of the report must not depend on that of the platform's pages.
    for identity, reading in sorted(survey.readings.items()):
        if identity in known:
            found.described.append(Described(identity=identity, position=known[identity]))
            found.managed += [(identity, reading)] if isinstance(reading, Live) else []
        else:
            found.add(identity, reading)
    for remote_id in survey.nameless:
        reason = "it has no key and cannot be given one, so no manifest can name it"
        found.not_imported.append(NotImported(kind=name, name=f"with id {remote_id}", target=target, reason=reason))
    if not survey.complete:
        reason = f"not all {kind.plural} were listed: others kept creating and deleting them, or there are too many"
        found.not_imported.append(NotImported(kind=name, name="", target=target, reason=reason))


def _leave_out_same(targets: Mapping[str, Target], known: Mapping[Identity, Position], found: ImportScan) -> None:
    """Leave out what a target before it at the same address leads to as well: it gets only one manifest."""
    first: dict[tuple[str, str], Identity] = {}
    every, found.live = found.live, []
    # What has a manifest comes first, whatever the order of the targets.
    for identity, live in [*found.managed, *every]:
        holder = targets[identity.target].place.holder(identity.target)
        other = first.setdefault((holder, live.remote_id), identity)
        if identity in known:
            continue
        if other.target == identity.target:
            found.live.append((identity, live))
        elif other in known:
            found.described.append(Described(identity=identity, position=known[other]))


def _add_not_found(targets: Mapping[str, Target], request: ImportRequest, found: ImportScan) -> None:
    known = {identity.value for identity, _ in found.live}
    known |= {described.identity.value for described in found.described}
    known |= {other.name for other in found.not_imported}
    for name in request.names:
        # Only at the end: a name that one target lacks may exist on another one.
        if name not in known:
            reason = f"no resource has this name on {', '.join(targets)}"
            if name in found.alike:
                _, other = distinguishable([name, found.alike[name]])
                reason += f", but {other}, which looks the same, is live: import that if you mean it"
            found.not_imported.append(NotImported(kind="Resource", name=name, target="", reason=reason))
