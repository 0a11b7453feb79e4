"""What is to be sent for each live state and each lifecycle block, as data, each cell with its source.

Written from the platform's documentation alone: its description of the states (``connect-api.md`` section 5), of the
fields (3) and of the actions (4). A cell's source is that of its row and that of its column.

A cell lists what is sent, in order, then the findings as ``level:code``; ``deferred:code`` is what must wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec, PublishTo

REPORT: Final = (ReportEntry(kind="Information", title="SAST check succeeded", created_at="2024-02-01T00:00:00Z"),)
DRAFT: Final = Lifecycle(status="Draft", previewable="none", private=True, listed=False, has_changes=True)
PRIVATE: Final = replace(DRAFT, status="Published", listed=True, has_changes=False, publish_report=REPORT)
PUBLIC: Final = replace(PRIVATE, private=False)
UNLISTED: Final = replace(PUBLIC, listed=False)

LIVES: Final[Mapping[str, Lifecycle | None]] = {
    "new": None,
    "draft": DRAFT,
    "draft quiet": replace(DRAFT, has_changes=False),
    "draft public": replace(DRAFT, private=False, has_changes=False),
    "moved private": replace(PRIVATE, status="Draft", has_changes=True),
    "moved public": replace(PUBLIC, status="Draft", has_changes=True),
    "private": PRIVATE,
    "private changed": replace(PRIVATE, has_changes=True),
    "public": PUBLIC,
    "public changed": replace(PUBLIC, has_changes=True),
    "unlisted": UNLISTED,
    "unlisted changed": replace(UNLISTED, has_changes=True),
    "unlisted moved": replace(UNLISTED, status="Draft", has_changes=True),
    "unlisted private": replace(PRIVATE, listed=False),
    "processing": replace(DRAFT, status="Processing"),
    "processing public": replace(PUBLIC, status="Processing"),
    "ready": replace(DRAFT, status="ReadyForCertification", publish_report=REPORT),
    "certifying private": replace(PRIVATE, status="InCertification"),
    "certifying public": replace(PUBLIC, status="InCertification"),
    "failed": replace(DRAFT, status="Failed", publish_report=REPORT),
    "failed private": replace(PRIVATE, status="Failed", has_changes=True),
    "failed public": replace(PUBLIC, status="Failed", has_changes=True),
    "unknown": replace(DRAFT, status="Suspended"),
    "unknown public": replace(PUBLIC, status="Suspended"),
}

SOURCES: Final[Mapping[str, str]] = {
    "new": "3 private, alreadyListed, status: where a draft begins",
    "draft": "5 Draft --publish--> Processing",
    "draft quiet": "3 hasChanges: false of a draft that was never published too",
    "draft public": "page, examples: private is false; 3: a new draft is private",
    "moved private": "5 Published --setRepository--> Draft",
    "moved public": "5 Published --setRepository--> Draft",
    "private": "page, publish: without certification the published connector becomes private",
    "private changed": "3 hasChanges: the draft differs from what is published",
    "public": "page, publish: after certification the connector becomes publicly available",
    "public changed": "3 hasChanges: the draft differs from what is published",
    "unlisted": "page, unlist: out of search results and listings; 5 unchanged --publish{true}--> AlreadyCertified",
    "unlisted changed": "3 hasChanges: any write may raise it; 4 unlist: resulting values unknown",
    "unlisted moved": "4 unlist: resulting values unknown, the status too",
    "unlisted private": "3 alreadyListed: publish sets it after success",
    "processing": "page, publish: no update until the process completes",
    "processing public": "page, publish: no update until the process completes",
    "ready": "5 publish{true} --> InCertification error; what is locked is not documented",
    "certifying private": "5 publish{true} --> InCertification error; what is locked is not documented",
    "certifying public": "5 publish{true} --> InCertification error; what is locked is not documented",
    "failed": "page, ConnectorStatus Failed: was not published; the report says why",
    "failed private": "page, ConnectorStatus Failed: was not published; the report says why",
    "failed public": "page, ConnectorStatus Failed: was not published; the report says why",
    "unknown": "11 unknown enum values: report, no guess",
    "unknown public": "11 unknown enum values: report, no guess",
}

COLUMNS: Final[Mapping[str, str]] = {
    "left out": "design 2: left out is not managed",
    "true": "3 alreadyListed: set by a successful publish; no action lists",
    "false": "page, unlist: removes a certified and listed connector; 3 alreadyListed: set by a successful publish",
}
LISTED: Final[Mapping[str, bool | None]] = {"left out": None, "true": True, "false": False}

NONE: Final = """
new                | -                      | blocked:cannot-list    | -
draft              | -                      | blocked:cannot-list    | -
draft quiet        | -                      | blocked:cannot-list    | -
draft public       | -                      | blocked:cannot-list    | -
moved private      | -                      | -                      | warning:not-certified
moved public       | -                      | -                      | unlist
private            | -                      | -                      | warning:not-certified
private changed    | -                      | -                      | warning:not-certified
public             | -                      | -                      | unlist
public changed     | -                      | -                      | unlist
unlisted           | -                      | blocked:cannot-list    | -
unlisted changed   | -                      | blocked:cannot-list    | -
unlisted moved     | -                      | blocked:cannot-list    | -
unlisted private   | -                      | blocked:cannot-list    | -
processing         | -                      | deferred:busy          | -
processing public  | -                      | -                      | deferred:busy
ready              | -                      | note:under-way         | listed-again
certifying private | -                      | -                      | deferred:busy
certifying public  | -                      | -                      | deferred:busy
failed             | -                      | blocked:cannot-list    | -
failed private     | -                      | -                      | warning:not-certified
failed public      | -                      | -                      | unlist
unknown            | -                      | deferred:unknown-state | -
unknown public     | -                      | -                      | deferred:unknown-state
"""

PRIVATELY: Final = """
new                | private                | private                | private not-certified
draft              | private                | private                | private not-certified
draft quiet        | private                | private                | private not-certified
draft public       | private takes-back     | private takes-back     | private takes-back not-certified
moved private      | private                | private                | private not-certified
moved public       | private takes-back     | private takes-back     | private takes-back not-certified
private            | -                      | -                      | not-certified
private changed    | private                | private                | private not-certified
public             | private takes-back     | private takes-back     | private takes-back not-certified
public changed     | private takes-back     | private takes-back     | private takes-back not-certified
unlisted           | private takes-back     | private takes-back     | private takes-back not-certified
unlisted changed   | private takes-back     | private takes-back     | private takes-back not-certified
unlisted moved     | private takes-back     | private takes-back     | private takes-back not-certified
unlisted private   | -                      | private                | not-certified
processing         | deferred:busy          | deferred:busy          | deferred:busy not-certified
processing public  | deferred:busy          | deferred:busy          | deferred:busy not-certified
ready              | deferred:busy          | deferred:busy          | deferred:busy not-certified
certifying private | deferred:busy          | deferred:busy          | deferred:busy not-certified
certifying public  | deferred:busy          | deferred:busy          | deferred:busy not-certified
failed             | failed                 | failed                 | failed not-certified
failed private     | failed                 | failed                 | failed not-certified
failed public      | failed                 | failed                 | failed not-certified
unknown            | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state not-certified
unknown public     | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state not-certified
"""

CERTIFIED: Final = """
new                | certify                | certify                | certify unlist
draft              | certify                | certify                | certify unlist
draft quiet        | certify                | certify                | certify unlist
draft public       | certify                | certify                | warning:unlisted-changes
moved private      | certify                | certify                | certify unlist
moved public       | certify                | certify                | unlist certify unlist
private            | certify                | certify                | certify unlist
private changed    | certify                | certify                | certify unlist
public             | -                      | -                      | unlist
public changed     | certify                | certify                | unlist certify unlist
unlisted           | -                      | blocked:cannot-list    | -
unlisted changed   | certify                | certify                | warning:unlisted-changes
unlisted moved     | certify                | certify                | warning:unlisted-changes
unlisted private   | certify                | certify                | certify unlist
processing         | deferred:busy          | deferred:busy          | deferred:busy
processing public  | deferred:busy          | deferred:busy          | deferred:busy
ready              | note:under-way         | note:under-way         | note:under-way listed-again
certifying private | note:under-way         | note:under-way         | note:under-way deferred:busy
certifying public  | note:under-way         | note:under-way         | note:under-way deferred:busy
failed             | failed                 | failed                 | failed
failed private     | failed                 | failed                 | failed
failed public      | failed                 | failed                 | unlist failed
unknown            | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state
unknown public     | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state
"""

PRIVATELY_CHANGED: Final = """
private            | private                | private                | private not-certified
unlisted private   | private                | private                | private not-certified
failed             | private                | private                | private not-certified
failed private     | private                | private                | private not-certified
failed public      | private takes-back     | private takes-back     | private takes-back not-certified
"""
"""The differences if the content changes now (5: new content is published, and what failed was other content)."""

CERTIFIED_CHANGED: Final = """
draft public       | certify                | certify                | certify unlist
public             | certify                | certify                | unlist certify unlist
unlisted           | certify                | certify                | certify unlist
unlisted changed   | certify                | certify                | certify unlist
unlisted moved     | certify                | certify                | certify unlist
ready              | deferred:busy          | deferred:busy          | deferred:busy listed-again
certifying private | deferred:busy          | deferred:busy          | deferred:busy
certifying public  | deferred:busy          | deferred:busy          | deferred:busy
failed             | certify                | certify                | certify unlist
failed private     | certify                | certify                | certify unlist
failed public      | certify                | certify                | unlist certify unlist
"""
"""The same for a certification; the content must not change during one (5: do not move the tag)."""

COMMENTS: Final = """
new                | comment alone          | comment private alone            | certify comment
draft              | comment alone          | comment private alone            | certify comment
draft quiet        | comment alone          | comment private alone            | certify comment
draft public       | comment alone          | comment private takes-back alone | certify comment
moved private      | comment alone          | comment private alone            | certify comment
moved public       | comment alone          | comment private takes-back alone | certify comment
private            | comment alone          | alone                            | certify comment
private changed    | comment alone          | comment private alone            | certify comment
public             | comment alone          | comment private takes-back alone | alone
public changed     | comment alone          | comment private takes-back alone | certify comment
unlisted           | comment alone          | comment private takes-back alone | alone
unlisted changed   | comment alone          | comment private takes-back alone | certify comment
unlisted moved     | comment alone          | comment private takes-back alone | certify comment
unlisted private   | comment alone          | alone                            | certify comment
processing         | deferred:busy          | deferred:busy                    | deferred:busy
processing public  | deferred:busy          | deferred:busy                    | deferred:busy
ready              | comment                | comment deferred:busy            | comment note:under-way
certifying private | comment                | comment deferred:busy            | comment note:under-way
certifying public  | comment                | comment deferred:busy            | comment note:under-way
failed             | comment alone          | failed alone                     | failed alone
failed private     | comment alone          | failed alone                     | failed alone
failed public      | comment alone          | failed alone                     | failed alone
unknown            | deferred:unknown-state | deferred:unknown-state           | deferred:unknown-state
unknown public     | deferred:unknown-state | deferred:unknown-state           | deferred:unknown-state
"""
"""One comment is missing; by how far it is to be published (page, comment: during the certification process)."""

PREVIEWS: Final = """
Draft none                 | preview                | preview                | preview
Draft pending              | deferred:busy          | deferred:busy          | deferred:busy
Draft true                 | -                      | -                      | preview
Draft false                | blocked:preview-rejected | preview              | preview
Draft perhaps              | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state
Published none             | preview                | preview                | preview
Published true             | -                      | -                      | preview
Failed none                | preview                | preview                | preview
Processing none            | deferred:busy          | deferred:busy          | deferred:busy
Processing true            | -                      | -                      | deferred:busy
ReadyForCertification none | deferred:busy          | deferred:busy          | deferred:busy
InCertification none       | deferred:busy          | deferred:busy          | deferred:busy
InCertification true       | -                      | -                      | deferred:busy
Suspended none             | deferred:unknown-state | deferred:unknown-state | deferred:unknown-state
Suspended true             | -                      | -                      | deferred:unknown-state
"""
"""``previewable: true``, by ``status`` and ``isPreviewable``; with the same content, another name, another repository
(page, updatePreviewable: pending, then true or false; 5: a new repository takes it back to none)."""

_SHORT: Final[Mapping[str, str]] = {
    "private": "publish(false)",
    "certify": "publish(true)",
    "takes-back": "warning:becomes-private",
    "not-certified": "warning:not-certified",
    "listed-again": "note:listed-again",
    "alone": "warning:no-certification",
    "failed": "blocked:publish-failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell: the live state, what the manifest asks for, what is to be sent, the expected findings, and the source."""

    live: str
    wanted: LifecycleSpec
    column: str
    sent: tuple[str, ...]
    findings: frozenset[str]
    source: str

    def __str__(self) -> str:
        return f"{self.live}, {self.wanted.publish}, {self.column}"


def rows(table: str) -> dict[str, list[str]]:
    """Read a table: the cells of each row by its name."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    found = {name: cells for name, *cells in lines}
    assert len(found) == len(lines), "a row is there twice"
    return found


def read(cell: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the actions of a cell, in order, and its findings."""
    words = [_SHORT.get(word, word) for word in cell.split() if word != "-"]
    return tuple(word for word in words if ":" not in word), frozenset(word for word in words if ":" in word)


def listing_cells(publish: PublishTo, *tables: str) -> list[Cell]:
    """Return the cells of one value of ``publish``, by ``listed``; a later table replaces rows of an earlier one."""
    merged: dict[str, list[str]] = {}
    for table in tables:
        merged |= rows(table)
    return [
        _cell(live, column, text, LifecycleSpec(publish=publish, listed=LISTED[column]), COLUMNS[column])
        for live, cells in merged.items()
        for column, text in zip(COLUMNS, cells, strict=True)
    ]


def comment_cells() -> list[Cell]:
    """Return the cells of one missing comment, by how far the connector is to be published."""
    return [
        _cell(
            live,
            f"comment with {publish}",
            text,
            LifecycleSpec(publish=publish, certification_comments=("Ready.",)),
            "4 addCertificationComment; page: a comment during the certification process",
        )
        for live, cells in rows(COMMENTS).items()
        for publish, text in zip(PublishTo, cells, strict=True)
    ]


def _cell(live: str, column: str, text: str, wanted: LifecycleSpec, source: str) -> Cell:
    sent, findings = read(text)
    source = f"{SOURCES[live]}; {source}"
    return Cell(live=live, wanted=wanted, column=column, sent=sent, findings=findings, source=source)
