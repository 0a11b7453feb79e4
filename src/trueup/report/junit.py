"""Renderer for a report as JUnit XML, with one test case per resource."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from trueup.errors import Diagnostic, Severity
from trueup.model.plan import Fate, Verdict
from trueup.model.run import Status
from trueup.report.markdown import diffed
from trueup.report.safe_text import visible
from trueup.report.tree import Line, Quote, Remark, ReportEntryNode, ReportTree, Shown

PASSES: Final = frozenset[str]({Verdict.UNCHANGED, Fate.SAME, Status.UNCHANGED, Status.APPLIED, Status.REBASED})
WAITS: Final = frozenset[str]({Verdict.DEFERRED, Fate.PENDING, Status.DEFERRED, Status.SKIPPED})
BREAKS: Final = frozenset[str]({Verdict.UNREADABLE, Status.UNKNOWN})
"""Words of resources whose state is unknown: a JUnit error. A difference is a JUnit failure."""


def render_junit(
    tree: ReportTree | None, diagnostics: Sequence[Diagnostic] = (), *, command: str, error: str = ""
) -> str:
    """Return the XML: a suite per target with a case per resource, and one suite for problems in files.

    A resource that matches passes, one that differs or failed fails, and one that has to wait is skipped.
    """
    # ElementTree escapes markup, but writes control characters, which XML forbids: visible() escapes them.
    root = Element("testsuites", name=visible(f"trueup {command}"))
    targets: dict[str, list[ReportEntryNode]] = {}
    for section in tree.sections if tree else ():
        for entry in section.entries:
            targets.setdefault(entry.target, []).append(entry)
    for target, entries in sorted(targets.items()):
        suite = SubElement(root, "testsuite", name=visible(target))
        for entry in entries:
            _add_entry(suite, entry)
    files = SubElement(root, "testsuite", name="manifests")
    for diagnostic in diagnostics:
        _add_diagnostic(files, diagnostic)
    if error:
        case = SubElement(files, "testcase", name="run", classname="trueup")
        SubElement(case, "error", message=visible(error))
    # CI servers reject or warn about a report without test cases.
    elif not diagnostics:
        SubElement(files, "testcase", name="valid", classname="trueup")
    # Counted at the end, when every suite has all of its cases.
    for suite in root:
        _count(suite)
    indent(root)
    # tostring declares an encoding only when it returns bytes.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add_entry(suite: Element, entry: ReportEntryNode) -> None:
    case = SubElement(suite, "testcase", name=visible(entry.name), classname=visible(f"{entry.target}.{entry.kind}"))
    if entry.place is not None:
        case.set("file", visible(entry.place.file))
        case.set("line", str(entry.place.line))
    if entry.word in PASSES:
        return
    kind = "skipped" if entry.word in WAITS else "error" if entry.word in BREAKS else "failure"
    result = SubElement(case, kind, message=visible(entry.word))
    result.text = "\n".join(_lines(entry))


def _lines(entry: ReportEntryNode) -> list[str]:
    lines: list[str] = []
    for block in entry.blocks:
        # Not every kind of block has a condition for being shown.
        if getattr(block, "shown", Shown.ALWAYS) is Shown.BRIEF:
            continue
        match block:
            case Line():
                lines += [f"{visible(sign)} {text}" for sign, text in diffed(block, 0)]
            case Remark(word=word, text=text):
                lines.append(visible(f"{word}: {text}" if word else text))
            case Quote(texts):
                lines += map(visible, texts)
            case _:
                pass
    return lines


def _add_diagnostic(suite: Element, diagnostic: Diagnostic) -> None:
    place = diagnostic.position
    case = SubElement(suite, "testcase", name=visible(str(place)), classname=visible(diagnostic.code))
    case.set("file", visible(place.file))
    case.set("line", str(place.line))
    if diagnostic.severity is Severity.ERROR:
        failure = SubElement(case, "failure", message=visible(diagnostic.message))
        failure.text = "\n".join(map(visible, filter(None, (diagnostic.allowed, diagnostic.hint))))
    else:
        # JUnit has no warnings: the case passes, and its output shows the text.
        SubElement(case, "system-out").text = visible(diagnostic.message)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(kind) is not None for case in suite)))
