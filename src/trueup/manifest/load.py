"""Load manifests: from paths to checked manifests and diagnostics."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.kinds.registry import KINDS
from trueup.manifest.discovery import Source, find_sources
from trueup.manifest.identifiers import alike_identities
from trueup.manifest.limits import limited
from trueup.manifest.project import Project
from trueup.manifest.target_names import choose_target
from trueup.manifest.validate import CheckedDocument, CheckedFile, check_text
from trueup.model.identity import Identity, IdField, Kind, OriginTarget, Target
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, PublishTo, State
from trueup.model.position import Position, Positions
from trueup.regular_file import read_regular

_DEFAULT_LOCALE: Final = "en"
_ID_FIELDS: Final = tuple(IdField)


def build_manifest(
    kind: Kind,
    document: Mapping[str, Any],
    target: Target | None,
    positions: Positions,
    targets: tuple[str, ...] = (),
) -> Manifest:
    """Return the manifest of a checked document; without a ``target``, the target's name in its metadata is kept.

    ``targets`` are those that the document lists, if it does.
    """
    metadata = document["metadata"]
    name = metadata.get("target", "") if target is None else target.name
    return Manifest(
        identity=_identity(kind, metadata, name),
        spec=document.get("spec", {}),
        lifecycle=_lifecycle(document["lifecycle"]) if document.get("lifecycle") else NO_LIFECYCLE,
        labels=metadata.get("labels", {}),
        positions=positions,
        locale=_locale(metadata, target) if KINDS[kind].localised else None,
        targets=targets,
    )


def _identity(kind: Kind, metadata: Mapping[str, Any], target: str) -> Identity:
    for name in _ID_FIELDS:
        if name in metadata:
            return Identity(target, kind, name, metadata[name])
    raise ValueError("a manifest without an identity passed the check")


def _locale(metadata: Mapping[str, Any], target: Target | None) -> str:
    default = target.locale if isinstance(target, OriginTarget) else _DEFAULT_LOCALE
    locale: str = metadata.get("locale", default)
    return locale


def _lifecycle(block: Mapping[str, Any]) -> LifecycleSpec:
    return LifecycleSpec(
        previewable=block.get("previewable"),
        publish=PublishTo(block.get("publish", PublishTo.NONE)),
        listed=block.get("listed"),
        certification_comments=tuple(block.get("certificationComments", ())),
        follow=block.get("follow", False),
        run_scripts=block.get("runScripts", True),
        protect=block.get("protect", False),
        state=State(block.get("state", State.PRESENT)),
        reason=block.get("reason", ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The valid manifests in the order of files, and the diagnostics.

    ``files`` and ``documents`` count all that were read, valid or not.
    """

    manifests: tuple[Manifest, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int


def load(
    project: Project,
    paths: Sequence[str],
    *,
    cwd: Path,
    stdin: Callable[[], bytes] | None = None,
    only: Callable[[str, bytes], bool] | None = None,
) -> Loaded:
    """Load manifests from files, folders or standard input (``-``) or, without paths, from the project's globs.

    ``only`` is called with the name and the content of each file, and decides whether it is one of those to load.
    Problems of files are in the diagnostics, in the order of files and lines. Raises UsageError when there are neither
    paths nor a project file.
    """
    found = find_sources(project, paths, cwd=cwd)
    with _collector_paused():
        files = (_checked(source, stdin, only) for source in found.sources)
        return _loaded(project, (file for file in files if file is not None), found.diagnostics)


def load_texts(project: Project, texts: Iterable[tuple[str, bytes]]) -> Loaded:
    """Load manifests from pairs of a file's name in messages and its content."""
    with _collector_paused():
        return _loaded(project, (check_text(text, name) for name, text in texts), ())


def is_selected(manifest: Manifest, *, labels: Mapping[str, str], targets: Collection[str]) -> bool:
    """Return whether a manifest has all these labels and, if there are ``targets``, is on one of them."""
    return labels.items() <= manifest.labels.items() and (not targets or manifest.identity.target in targets)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the garbage collector, which would traverse all documents again and again."""
    # Documents have no reference cycles, and collecting takes a tenth to a third of the time of loading.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _checked(
    source: Source, stdin: Callable[[], bytes] | None, only: Callable[[str, bytes], bool] | None
) -> CheckedFile | None:
    """Read and check one file; its problems are in its diagnostics. Return None if it is not one of those to load."""
    try:
        text = (stdin() if stdin else b"") if source.path is None else read_regular(source.path)
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        unreadable = Diagnostic(code="unreadable-file", message=message, position=Position(source.name, 1, 1))
        return CheckedFile(documents=(), count=0, diagnostics=(unreadable,))
    return check_text(text, source.name) if only is None or only(source.name, text) else None


def _loaded(project: Project, files: Iterable[CheckedFile], diagnostics: Iterable[Diagnostic]) -> Loaded:
    gathered = _Gathered(project, list(diagnostics))
    for file in files:
        gathered.add(file)
    gathered.drop_duplicates()
    gathered.warn_of_look_alikes()
    return Loaded(
        manifests=tuple(gathered.manifests),
        diagnostics=(*gathered.diagnostics, *limited(dict.fromkeys(gathered.others))),
        files=gathered.files,
        documents=gathered.documents,
    )


@dataclass(slots=True)
class _Gathered:
    """The manifests and diagnostics of the files so far."""

    project: Project
    diagnostics: list[Diagnostic]
    others: list[Diagnostic] = field(default_factory=list)
    """Problems of a manifest with the project or with other manifests, not bounded yet."""
    manifests: list[Manifest] = field(default_factory=list)
    files: int = 0
    documents: int = 0

    def add(self, file: CheckedFile) -> None:
        """Add the result of one file."""
        self.files += 1
        self.documents += file.count
        self.diagnostics += file.diagnostics
        for document in file.documents:
            self._add(document)

    def _add(self, document: CheckedDocument) -> None:
        """Add one document, if it is good and its target is known."""
        kind, content, positions = document.kind, document.content, document.positions
        # Also for a document that is not used, so that one run reports all problems.
        path = f"metadata.targets[{document.targets.index(content['metadata']['target'])}]" if document.targets else ""
        target = choose_target(kind, content["metadata"], self.project.targets, positions, path or "metadata.target")
        if isinstance(target, Diagnostic):
            self.others.append(target)
        elif document.good:
            self.manifests.append(build_manifest(kind, content, target, positions, document.targets))

    def drop_duplicates(self) -> None:
        """Remove all manifests of a resource that has several, because it is not known which one is right."""
        by_identity: dict[Identity, list[Manifest]] = {}
        for manifest in self.manifests:
            by_identity.setdefault(manifest.identity, []).append(manifest)
        if len(by_identity) == len(self.manifests):
            return
        for identity, same in by_identity.items():
            # All but the first are reported, each with the position of the first.
            first = same[0].positions.at(("metadata", identity.field))
            for other in same[1:]:
                message = f"{identity} is already described at {first}."
                position = other.positions.at(("metadata", identity.field))
                self.others.append(Diagnostic(code="duplicate-identity", message=message, position=position))
        self.manifests = [same[0] for same in by_identity.values() if len(same) == 1]

    def warn_of_look_alikes(self) -> None:
        """Add warnings about identities that look like others."""
        self.others += alike_identities(self.manifests)
