"""The plans that runs of pull requests kept as artifacts: find, download and check them.

Whatever an artifact holds, its author is unknown. The run decides whether it counts: its event, its repository and its
commit, as GitHub's API names them. The content is read by exact names, within limits, and never unpacked to a disk.
"""

import hashlib
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from trueup.bounded import count, parse_json
from trueup.errors import InvalidInput
from trueup.github.api import ApiAnswer, Rest
from trueup.github.context import Context
from trueup.github.folder import StepFolder
from trueup.github.found import NoPlan
from trueup.github.key import KEPT_NAME, KeyScope, scope_key
from trueup.github.pulls import MergedPull, why_unread
from trueup.plan.codec import CODEC, JsonObject, from_json, to_json
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.regular_file import DOCUMENT_BYTES
from trueup.report.document import read_document

MOST_RUNS: Final = 20
"""Runs of one commit whose artifacts are listed, the newest first."""

_LISTED: Final = 500
"""Runs of one commit, and artifacts of one run, that are listed; a job can upload no more artifacts than that."""

MOST_PARTS: Final = 100
"""Parts of one plan that are downloaded."""

ZIP_BYTES: Final = 64 * 1024 * 1024
"""Bytes of an artifact that are downloaded."""

_KEPT_BYTES: Final = 64 * 1024
"""Bytes of the small file beside the plan."""

_MOST_ENTRIES: Final = 64
"""Entries of a zip file; zipfile would make an object for each of millions before any of them is read."""

_ENTRY: Final = b"PK\x01\x02"
"""The start of each entry in the directory of a zip file."""

DOCUMENT: Final = "document.json"
KEPT: Final = "kept.json"

_FAULTS: Final = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # an encrypted entry
    ValueError,
)
"""What zipfile raises for input that it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an artifact says about the plan in it.

    ``key`` is that of the plan's comment, ``head`` the last commit of the pull request, ``base`` the commit that it
    was compared with. ``complete``: the plan has all resources that it should have, blocked ones included.
    """

    key: str
    shard: str
    head: str
    base: str
    pull: int | None
    complete: bool
    format_version: int = 1


CODEC.form(Kept, JsonForm(open=True))


def kept_to_json(kept: Kept) -> JsonObject:
    """Return the document that is uploaded beside the plan."""
    document: JsonObject = to_json(kept)
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNames:
    """The artifacts that may hold a plan of one scope; ``workflow`` is the file that may have kept it, empty for any.

    The name says the part, the number of parts and the attempt of the run. They are read from the name alone.
    """

    key: str
    workflow: str = ""

    @classmethod
    def of(cls, scope: KeyScope, workflow: str = "") -> "KeptNames":
        """Return the names of a scope."""
        return cls(key=scope_key("plan", scope), workflow=workflow)

    def read(self, name: object) -> tuple[int, int, int] | None:
        """Return part, parts and attempt; None for another artifact."""
        found = KEPT_NAME.fullmatch(name) if isinstance(name, str) else None
        if found is None or found["key"] != self.key:
            return None
        return int(found["part"]), int(found["parts"]), int(found["attempt"])


def kept_plans(
    rest: Rest, context: Context, pull: MergedPull, names: KeptNames, folder: StepFolder
) -> tuple[Path, ...] | NoPlan:
    """Download the plans that the last run of a merged pull request kept, and return their files, one per shard.

    Only completed runs count that the event pull_request started for the last commit, from this repository. The newest
    one that kept a plan of this pull request is used. No file is left unless all shards are at hand.
    """
    if pull.fork:
        return NoPlan.FORK
    return _Search(rest, f"/repos/{context.repository}/actions", pull, names).kept(folder)


@dataclass(frozen=True, slots=True)
class _Part:
    """An artifact; ``id`` is 0 when the list does not name it."""

    number: int
    parts: int
    attempt: int
    id: int
    expired: bool
    digest: str


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for the plans of one pull request; ``root`` is the path of the repository's actions."""

    rest: Rest
    root: str
    pull: MergedPull
    names: KeptNames

    def kept(self, folder: StepFolder) -> tuple[Path, ...] | NoPlan:
        """Download the plans of the newest run that kept any."""
        params = {"head_sha": self.pull.head, "event": "pull_request"}
        runs = self.rest.items_of(f"{self.root}/runs", member="workflow_runs", most=_LISTED, **params)
        if isinstance(runs, ApiAnswer):
            return why_unread(runs)
        counted = sorted({run["id"] for run in runs if _is_usable(run, self.pull, self.names)}, reverse=True)
        for run in counted[:MOST_RUNS]:
            parts = self._parts(run)
            files = parts if isinstance(parts, NoPlan) else self._files(parts, folder)
            # The same branch can have several pull requests, into different branches and with different plans.
            if files:
                return files
        return NoPlan.TOO_MANY if len(counted) > MOST_RUNS else NoPlan.NO_RUN

    def _parts(self, run: int) -> list[_Part] | NoPlan:
        """Return the artifacts of a run, one for each part; empty if it kept none."""
        artifacts = self.rest.items_of(f"{self.root}/runs/{run}/artifacts", member="artifacts", most=_LISTED)
        if isinstance(artifacts, ApiAnswer):
            return why_unread(artifacts)
        parts = _newest_parts(artifacts, self.names)
        if len(parts) > MOST_PARTS:
            return NoPlan.TOO_MANY
        return parts if not parts or _is_whole(parts) else NoPlan.INCOMPLETE

    def _files(self, parts: Sequence[_Part], folder: StepFolder) -> tuple[Path, ...] | NoPlan | None:
        """Download all parts, or leave no file; None if they are of another pull request."""
        files: list[Path] = []
        for part in parts:
            document = self._document(part)
            if not isinstance(document, bytes):
                # Half a plan must not be found by a later step.
                for file in files:
                    file.unlink()
                return document
            files.append(folder.add_approved(document))
        return tuple(files)

    def _document(self, part: _Part) -> bytes | NoPlan | None:
        """Download the command's document in an artifact; None if it is of another pull request."""
        if part.expired:
            return NoPlan.EXPIRED
        content = self.rest.download(f"{self.root}/artifacts/{part.id}/zip", limit=ZIP_BYTES)
        if isinstance(content, ApiAnswer):
            return {404: NoPlan.DELETED, 410: NoPlan.EXPIRED}.get(content.status or 0, why_unread(content))
        algorithm, _, expected = part.digest.partition(":")
        if algorithm == "sha256" and expected != hashlib.sha256(content).hexdigest():
            return NoPlan.DAMAGED
        try:
            members = read_zip(content, {DOCUMENT: DOCUMENT_BYTES, KEPT: _KEPT_BYTES})
            kept = from_json(parse_json(members[KEPT]), Kept)
            report = read_document(members[DOCUMENT].decode(), file=DOCUMENT)
        except (*_FAULTS, Unexpected, InvalidInput):
            return NoPlan.DAMAGED
        named = (kept.format_version, kept.key, kept.shard, kept.head)
        if named != (1, self.names.key, f"{part.number}/{part.parts}", self.pull.head):
            return NoPlan.DAMAGED
        if kept.pull != self.pull.number:
            return None
        return members[DOCUMENT] if kept.complete and report.plan is not None else NoPlan.INCOMPLETE


def _is_usable(run: Any, pull: MergedPull, names: KeptNames) -> bool:
    """Return whether a plan that this run kept counts as shown by the pull request.

    A run of a fork can have the same commit and an artifact of the same name, so its repository is compared.
    """
    match run:
        case {
            "id": int(),
            "event": "pull_request",
            "status": "completed",
            "head_sha": str(head),
            "repository": {"id": int(own)},
            "head_repository": {"id": int(source)},
        }:
            return head == pull.head and own == source and _is_workflow(run, names)
        case _:
            return False


def _is_workflow(run: Mapping[str, Any], names: KeptNames) -> bool:
    if not names.workflow:
        return True
    path = run.get("path")
    # The path can end with the reference that the file was read from: .github/workflows/trueup.yml@main
    return isinstance(path, str) and path.partition("@")[0] == f".github/workflows/{names.workflow}"


def _newest_parts(artifacts: Sequence[object], names: KeptNames) -> list[_Part]:
    """Return the artifact of the newest attempt for each part, by part; of a repeated run only some parts are new."""
    newest: dict[int, _Part] = {}
    for item in artifacts:
        if not isinstance(item, dict) or (read := names.read(item.get("name"))) is None:
            continue
        digest = item.get("digest")
        part = _Part(
            *read,
            id=count(item.get("id")) or 0,
            expired=item.get("expired") is True,
            digest=digest if isinstance(digest, str) else "",
        )
        known = newest.get(part.number)
        if known is None or (known.attempt, known.id) < (part.attempt, part.id):
            newest[part.number] = part
    return [newest[number] for number in sorted(newest)]


def _is_whole(parts: Sequence[_Part]) -> bool:
    """Return whether every part is there, of as many as the newest attempt says."""
    whole = max(parts, key=lambda part: part.attempt).parts
    return [(part.number, part.parts) for part in parts] == [(number, whole) for number in range(1, whole + 1)]


def read_zip(content: bytes, members: Mapping[str, int]) -> dict[str, bytes]:
    """Return members of a zip file by name; ``members`` maps each exact name to its limit in bytes.

    Raises KeyError for a missing member, ValueError for one that is there twice or is too large, and what zipfile
    raises for a file that it cannot read.
    """
    if content.count(_ENTRY) > _MOST_ENTRIES:
        raise ValueError("it has too many entries")
    found: dict[str, bytes] = {}
    with ZipFile(BytesIO(content)) as archive:
        names = archive.namelist()
        for name, limit in members.items():
            if names.count(name) > 1:
                message = f"{name} is there twice"
                raise ValueError(message)
            entry = archive.getinfo(name)
            # Other methods need much more memory than they return.
            if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
                message = f"{name} is compressed in another way"
                raise ValueError(message)
            with archive.open(entry) as stream:
                found[name] = stream.read(limit + 1)
            # Counted, because the size in the directory may be wrong.
            if len(found[name]) > limit:
                message = f"{name} is larger than {limit:,} bytes"
                raise ValueError(message)
    return found
