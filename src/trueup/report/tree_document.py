"""The shape of a report in a JSON document, from which ``trueup show`` makes the same text again.

Only documents of commands without a plan and without drift have it: the reports of the others follow from these.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Final

from trueup.plan.codec import CODEC, JsonObject, to_json
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.report.tree import (
    Block,
    Closing,
    Compared,
    Comparison,
    Divider,
    Labelled,
    Line,
    Quote,
    Remark,
    ReportEntryNode,
    ReportRow,
    ReportTree,
    Section,
    Span,
    Swap,
    TextPiece,
)

_PIECES: Final[Mapping[str, type[TextPiece]]] = {"before": Swap, "value": Labelled, "text": Span}
_BLOCKS: Final[Mapping[str, type[Block]]] = {
    "label": Line,
    "word": Remark,
    "texts": Quote,
    "fields": Comparison,
    "text": Divider,
}
"""The classes of a union, each by a member that those after it do not have."""


def report_to_json(tree: ReportTree) -> JsonObject:
    """Return a report as JSON; members with their default are left out."""
    document: JsonObject = to_json(tree)
    return document


def _read_piece(value: object) -> TextPiece:
    found: TextPiece = CODEC.reader(_class_of(value, _PIECES))(value)
    return found


def _read_block(value: object) -> Block:
    found: Block = CODEC.reader(_class_of(value, _BLOCKS))(value)
    return found


def _class_of(value: object, classes: Mapping[str, type]) -> type:
    for member, kind in classes.items():
        if isinstance(value, dict) and member in value:
            return kind
    raise Unexpected(f" has none of {', '.join(classes)}")


def _form(kind: type) -> JsonForm:
    members = fields(kind)
    return JsonForm(
        # A later version may add members.
        open=True,
        # Texts can quote the name of a file that is not Unicode.
        words=frozenset(member.name for member in members if member.type in {str, tuple[str, ...]}),
        sparse=frozenset(member.name for member in members if member.default is not MISSING),
    )


for _kind in (Closing, Compared, ReportEntryNode, ReportRow, ReportTree, Section, *_PIECES.values(), *_BLOCKS.values()):
    CODEC.form(_kind, _form(_kind))
CODEC.read(TextPiece, _read_piece)
CODEC.read(Block, _read_block)
