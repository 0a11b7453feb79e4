"""Load manifests: from paths to checked manifests, with all that is wrong on the way."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trueup.errors import Diagnostic
from trueup.manifest.advice import advice
from trueup.manifest.build import build_manifest
from trueup.manifest.check import accepts, explain
from trueup.manifest.document import Document
from trueup.manifest.files import Source, find_sources
from trueup.manifest.names import PROJECT_FILE
from trueup.manifest.project import Project
from trueup.manifest.reader import read_yaml
from trueup.manifest.rules import broken_rules
from trueup.manifest.suggest import did_you_mean
from trueup.manifest.targets import choose_target
from trueup.model.identity import Identity, Kind
from trueup.model.manifest import Manifest
from trueup.model.position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Hold what was loaded: the valid manifests in the order of files, and what is wrong with the others.

    ``files`` and ``documents`` count all that were read, valid or not.
    """

    manifests: tuple[Manifest, ...]
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int


def load(project: Project, paths: Sequence[str], *, cwd: Path, stdin: Callable[[], bytes] | None = None) -> Loaded:
    """Load manifests from files, folders or standard input (``-``), or, without paths, from the project's globs.

    What is wrong with files is in the diagnostics, in the order of files and lines. Raises UsageError when there is
    nothing to read from.
    """
    found = find_sources(project, paths, cwd=cwd)
    loading = _Loading(project, list(found.diagnostics))
    with _collector_paused():
        for source in found.sources:
            loading.add(source, stdin)
        loading.drop_duplicates()
    return Loaded(
        manifests=tuple(loading.manifests),
        diagnostics=tuple(loading.diagnostics),
        files=len(found.sources),
        documents=loading.documents,
    )


def load_texts(project: Project, texts: Iterable[tuple[str, bytes]]) -> Loaded:
    """Load manifests from texts that come with the names by which people know them."""
    loading = _Loading(project, [])
    files = 0
    with _collector_paused():
        for name, text in texts:
            loading.add_text(name, text)
            files += 1
        loading.drop_duplicates()
    return Loaded(
        manifests=tuple(loading.manifests),
        diagnostics=tuple(loading.diagnostics),
        files=files,
        documents=loading.documents,
    )


def select(
    manifests: Sequence[Manifest], *, labels: Mapping[str, str], targets: Collection[str]
) -> tuple[Manifest, ...]:
    """Return the manifests that have all these labels and, if any targets are named, live on one of them."""
    return tuple(
        manifest
        for manifest in manifests
        if labels.items() <= manifest.labels.items() and (not targets or manifest.identity.target in targets)
    )


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking through ever more documents: a tenth to a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _bytes_of(source: Source, stdin: Callable[[], bytes] | None) -> bytes:
    if source.path is None:
        return stdin() if stdin else b""
    with open(source.path, "rb") as file:  # noqa: PTH123 - see trueup.manifest.files on path objects
        return file.read()


@dataclass(slots=True)
class _Loading:
    """Gather manifests and diagnostics, file by file."""

    project: Project
    diagnostics: list[Diagnostic]
    manifests: list[Manifest] = field(default_factory=list)
    documents: int = 0

    def add(self, source: Source, stdin: Callable[[], bytes] | None) -> None:
        """Read and check one file."""
        try:
            text = _bytes_of(source, stdin)
        except OSError as error:
            message = f"The file cannot be read: {error.strerror}."
            self._report("unreadable-file", message, Position(source.name, 1, 1))
            return
        self.add_text(source.name, text)

    def add_text(self, name: str, text: bytes) -> None:
        """Check the text of one file. If a part of it cannot be read, none of its manifests counts."""
        read = read_yaml(text, name)
        self.diagnostics.extend(read.diagnostics)
        self.documents += len(read.documents)
        if read.complete and not read.documents:
            self._report("empty-file", "The file holds no manifest.", Position(name, 1, 1))
        checked = [self._check(document) for document in read.documents]
        if read.complete:
            self.manifests.extend(manifest for manifest in checked if manifest is not None)

    def _check(self, document: Document) -> Manifest | None:
        """Return the manifest of a document, or None after having said what is wrong with it."""
        kind = self._kind(document)
        if kind is None or any(said.code != "duplicate-key" for said in document.diagnostics):
            # Of a value that could not be read, the schema would only say once more that it is wrong.
            return None
        if not accepts(kind, document.root):
            self.diagnostics.extend(explain(kind, document.root, document.positions))
            return None
        content: Any = document.root
        broken = list(broken_rules(kind, content, document.positions))
        target = choose_target(kind, content["metadata"], self.project.targets, document.positions)
        if isinstance(target, Diagnostic):
            broken.append(target)
        self.diagnostics.extend(broken)
        self.diagnostics.extend(advice(kind, content, document.positions))
        if broken or document.diagnostics or isinstance(target, Diagnostic):
            return None
        return build_manifest(kind, content, target, document.positions)

    def _kind(self, document: Document) -> Kind | None:
        root = document.root
        if not isinstance(root, dict):
            message = "A manifest is a mapping with apiVersion, kind, metadata and spec."
            self._report("not-a-mapping", message, document.positions.at(()))
            return None
        if "kind" not in root:
            self._report("missing-kind", "The document does not say its kind.", document.positions.at(()), _KINDS)
            return None
        name = root["kind"]
        if name in _BY_NAME if isinstance(name, str) else False:
            return _BY_NAME[name]
        position = document.positions.at(("kind",))
        if name == "Project":
            message = f"A project file belongs to the root of the project, under the name {PROJECT_FILE}."
            self._report("unknown-kind", message, position)
        else:
            self._report(
                "unknown-kind", f"There is no kind {name!r}.", position, _KINDS, did_you_mean(str(name), _BY_NAME)
            )
        return None

    def drop_duplicates(self) -> None:
        """Take out manifests that are about one resource: which of them is right cannot be known."""
        by_identity: dict[Identity, list[Manifest]] = {}
        for manifest in self.manifests:
            by_identity.setdefault(manifest.identity, []).append(manifest)
        if len(by_identity) == len(self.manifests):
            return
        for identity, same in by_identity.items():
            first = same[0].positions.at(("metadata", identity.field))
            for other in same[1:]:
                message = f"{identity} is already described at {first}."
                self._report("duplicate-identity", message, other.positions.at(("metadata", identity.field)))
        self.manifests = [same[0] for same in by_identity.values() if len(same) == 1]

    def _report(self, code: str, message: str, position: Position, allowed: str = "", hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(code=code, message=message, position=position, allowed=allowed, hint=hint))


_BY_NAME = {str(kind): kind for kind in Kind}
_KINDS = f"kind: {' or '.join(_BY_NAME)}."
