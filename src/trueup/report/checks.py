"""The table of the doctor's checks as text, as Markdown and as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from trueup.model.checkup import CheckResult, CheckState
from trueup.plan.codec import CODEC, JsonObject, from_json, to_json
from trueup.plan.typed_json import JsonForm, Unexpected
from trueup.report.document import refused
from trueup.report.layout import painted, wrap
from trueup.report.markdown import prose
from trueup.report.safe_text import columns, visible
from trueup.report.tree import Role, Span

_ROLES: Final = {
    CheckState.OK: Role.CREATE,
    CheckState.WARN: Role.CAUTION,
    CheckState.FAIL: Role.PROBLEM,
    CheckState.SKIPPED: Role.MUTED,
    CheckState.MISSING: Role.CAUTION,
}
_STATE: Final = max(map(len, CheckState))
_GAP: Final = 2
_MACHINE: Final = "This machine"


def checks_text(results: Sequence[CheckResult], *, width: int, color: bool, verbose: bool) -> str:
    """Return the table in lines of at most ``width`` columns, a group for each target; times only if ``verbose``."""
    names = max((columns(visible(result.name)) for result in results), default=0)
    lines: list[str] = []
    for title, members in _grouped(results):
        lines += [painted(visible(title), Role.STRONG, color=color)]
        for result in members:
            lines += _row(result, names, width, color=color, verbose=verbose)
        lines.append("")
    return "\n".join([*lines, _total(results)])


def rendered_checks(
    results: Sequence[CheckResult], *, markdown: bool, width: int, color: bool, verbose: bool = False
) -> str:
    """Return the table as Markdown or as text, without a line break at its end."""
    return checks_markdown(results) if markdown else checks_text(results, width=width, color=color, verbose=verbose)


def _row(result: CheckResult, names: int, width: int, *, color: bool, verbose: bool) -> Iterator[str]:
    hang = _GAP + _STATE + _GAP + names + _GAP
    lead = [
        Span(" " * _GAP),
        Span(f"{result.state:<{_STATE + _GAP}}", _ROLES[result.state]),
        Span(f"{visible(result.name):<{names + _GAP}}"),
    ]
    time = f" ({result.milliseconds} ms)" if verbose else ""
    texts = [(f"{result.seen}{time}", _text_role(result.state))]
    texts += [(detail, Role.MUTED) for detail in result.details if verbose]
    texts += [(f"next: {result.advice}", Role.PLAIN)] if result.advice else []
    for text, role in texts:
        for spans in wrap([Span(visible(text), role)], width - hang):
            yield "".join(painted(span.text, span.role, color=color) for span in (*lead, *spans)).rstrip()
            lead = [Span(" " * hang)]


def _text_role(state: CheckState) -> Role:
    return Role.MUTED if state is CheckState.SKIPPED else Role.PLAIN


def checks_markdown(results: Sequence[CheckResult]) -> str:
    """Return a heading and a Markdown table for each target, and the total."""
    lines: list[str] = []
    for title, members in _grouped(results):
        lines += [f"### {prose(title)}", "", "| state | check | seen | next |", "|---|---|---|---|"]
        lines += [
            # prose() also escapes a pipe, which would begin another cell.
            f"| {' | '.join(map(prose, (result.state, result.name, result.seen, result.advice)))} |"
            for result in members
        ]
        lines.append("")
    return "\n".join([*lines, _total(results)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """A check in a document; ``target`` is None for those of this machine."""

    name: str
    target: str | None
    state: CheckState
    seen: str
    next: str
    details: tuple[str, ...]
    milliseconds: int


CODEC.form(_Check, JsonForm(open=True, words=frozenset({"seen", "next", "details"})))


def checks_to_json(results: Sequence[CheckResult]) -> list[JsonObject]:
    """Return the checks as JSON; ``target`` is null for those of this machine."""
    return [
        to_json(
            _Check(
                name=result.name,
                target=result.target or None,
                state=result.state,
                seen=result.seen,
                next=result.advice,
                details=result.details,
                milliseconds=result.milliseconds,
            )
        )
        for result in results
    ]


def checks_of(document: object, *, file: str) -> Sequence[CheckResult]:
    """Return the checks of a document of the command doctor; raise InvalidInput when it has none."""
    found = document.get("checks") if isinstance(document, dict) else None
    try:
        checks: tuple[_Check, ...] = from_json(found, tuple[_Check, ...])
    except Unexpected as error:
        raise refused(
            file, "document-format", f"The file is not a document of the doctor: {_in_checks(error)}."
        ) from None
    return [
        CheckResult(
            name=check.name,
            target=check.target or "",
            state=check.state,
            seen=check.seen,
            advice=check.next,
            details=check.details,
            milliseconds=check.milliseconds,
        )
        for check in checks
    ]


def _in_checks(error: Unexpected) -> str:
    """Return where and how the member ``checks`` differs."""
    return f"checks{str(error).removeprefix('the document')}"


def _grouped(results: Sequence[CheckResult]) -> Iterator[tuple[str, list[CheckResult]]]:
    for target, members in groupby(results, attrgetter("target")):
        yield f"Target {target}" if target else _MACHINE, list(members)


def _total(results: Sequence[CheckResult]) -> str:
    counts = Counter(result.state for result in results)
    parts = [f"{counts[state]} {state}" for state in CheckState if counts[state]]
    return f"{len(results)} checks: {', '.join(parts)}."
