"""The bodies that trueup posts, one for each situation, and a page that shows one as GitHub does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import cmarkgfm  # type: ignore[import-untyped]  # the package has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # the same

from trueup.errors import Diagnostic, TrueupError
from trueup.github.budget import COMMENT_BYTES, render_page
from trueup.github.context import Context
from trueup.github.endings import BEGUN, ApplyEnding, ending, headline, way_back
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import Inputs
from trueup.github.page import page_of
from trueup.model.action import Delete, Level
from trueup.model.field import Risk
from trueup.model.plan import Base, Cause, Drift, Fate, Pending, Plan, ResourceDrift, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import Outcome, Status
from trueup.report.result import Result
from unit.github.contexts import context
from unit.report.samples import (
    CAUSES,
    EPD,
    ERP,
    FULL,
    OUTCOMES,
    PSP,
    TAX,
    certification,
    connector,
    finding,
    outcome,
    plan,
    planned,
    resource,
    scalar,
)

PULL = FoundPull(
    number=7, url="https://github.example/acme/connectors/pull/7", title="Raise the tag", commits=("a" * 40,)
)
SHOWS = Inputs(command="plan", applied="auto", allow_delete="approved")
APPLIES = Inputs(command="apply", applied="auto", approved="auto")
HERE = replace(context(), branch="main", default_branch="main")
PUSHED = replace(context(pull=None), branch="main", default_branch="main")
LONG_NAME = "acme-connector-with-a-name-that-is-much-longer-than-a-phone-is-wide-and-has-no-space"


def deleted(number: int) -> ResourcePlan:
    action = planned(Delete("no longer sold"), risk=Risk.DESTRUCTIVE)
    return resource(connector(f"gone-{number:03}"), Verdict.DELETE, action)


def updated(number: int) -> ResourcePlan:
    return resource(
        connector(f"shop-{number:03}"),
        Verdict.UPDATE,
        scalar("description", f"Text {number}", f"Another text {number}", Cause.YOURS),
    )


def blocked(number: int) -> ResourcePlan:
    found = finding(Level.BLOCKED, "cannot-clear", "The platform cannot go back to all regions. Name the regions.")
    return resource(connector(f"stuck-{number:03}"), Verdict.BLOCKED, scalar("name", "x", "y"), findings=(found,))


def pending(number: int, pull: int | None = 12) -> Pending:
    return Pending(identity=connector(f"late-{number:03}"), commit="c" * 40, pull=pull)


def waiting(number: int) -> Plan:
    """Return a plan of one change, and of resources that are merged and not yet applied."""
    late = (
        resource(connector(f"late-{n:03}"), Verdict.UPDATE, scalar("name", "a", "b", Cause.MERGED))
        for n in range(number)
    )
    return replace(plan(updated(1), *late), recorded=True, pending=tuple(map(pending, range(number))))


def page(
    report: Result, inputs: Inputs, at: Context = HERE, *, reason: str = "", how: ApplyEnding | None = None
) -> str:
    shown = page_of(
        replace(report, file="document.json") if report.error is None else report,
        at,
        inputs,
        reason=reason,
        folder="services/checkout" if inputs.comment_key == "folder" else "",
        state="" if how is None else headline(how),
        detail="" if how is None else how.detail,
        steps=() if how is None else way_back(how),
    )
    marked = replace(shown, marker="<!-- trueup:v2 comment key=0123456789abcdef run=10.1 -->")
    return render_page(marked, COMMENT_BYTES)


def shown(of: Plan, inputs: Inputs = SHOWS, *, status: int = 2, at: Context = HERE, reason: str = "") -> str:
    return page(Result(command=inputs.command, status=status, plan=of), inputs, at, reason=reason)


def applied(of: Plan, *outcomes: Outcome, status: int = 0, why: NoPlan | None = None, inputs: Inputs = APPLIES) -> str:
    report = Result(command="apply", status=status, plan=of, outcomes=outcomes, file="document.json")
    pull = replace(PULL, reason=why)
    return page(report, inputs, PUSHED, how=ending(report, Found(pulls=(pull,)), inputs, pull=pull))


def failed(command: str, message: str, *, status: int, reason: str, at: Context = HERE) -> str:
    report = Result(command=command, status=status, error=TrueupError(message))
    how = ending(report, Found(pulls=(PULL,)), APPLIES, pull=PULL) if command == "apply" else None
    return page(report, Inputs(command=command, applied="auto"), at, reason=reason, how=how)


def drifted(*resources: ResourceDrift, waiting: tuple[Pending, ...] = ()) -> str:
    drift = Drift(resources=resources, base=Base(revision="HEAD", commit="d" * 40), recorded=True, pending=waiting)
    return page(Result(command="drift", status=2, drift=drift), Inputs(command="drift", applied="auto"), PUSHED)


def live(name: str, fate: Fate, *, old: str = "Acme Tax", new: str = "Somebody's Tax") -> ResourceDrift:
    changes = (scalar("name", old, new, Cause.DRIFT),) if fate is Fate.CHANGED else ()
    return ResourceDrift(identity=connector(name), fate=fate, position=Position("a.yaml", 3, 1), changes=changes)


def problem(line: int, message: str) -> Diagnostic:
    place = Position("connectors/payment-service-providers/acme.yaml", line, 12)
    return Diagnostic(
        code="unknown-field",
        message=message,
        position=place,
        path="spec.supportedRegion",
        hint="Did you mean supportedRegions?",
    )


WIDE = resource(
    connector(LONG_NAME),
    Verdict.UPDATE,
    scalar("documentationUrl", f"https://acme.example/{'docs/' * 30}old", f"https://acme.example/{'docs/' * 30}new"),
    scalar("description", "Calculates sales tax. " * 12, "Calculates sales tax and duties. " * 12),
    file=f"connectors/{LONG_NAME}.yaml",
)
HEADER = """\
**Deploy freeze** until Monday: ask in [#shop](https://chat.example/shop).

<details><summary>Who reviews</summary>

The shop team."""
FOOTER = "Questions? See the runbook:\n\n```bash\ntrueup plan --verbose"

BODIES: Mapping[str, Callable[[], str]] = {
    "plan-one": lambda: shown(plan(updated(1), requests=1)),
    "plan-no-changes": lambda: shown(plan(resource(connector("same"), Verdict.UNCHANGED)), status=0),
    "plan-everything": lambda: shown(FULL),
    "plan-causes": lambda: shown(replace(CAUSES, base=Base(revision="HEAD^1", commit="b" * 40))),
    "plan-250": lambda: shown(plan(*map(updated, range(240)), *map(deleted, range(4)), *map(blocked, range(6)))),
    "plan-refused": lambda: shown(plan(deleted(1), updated(1)), replace(SHOWS, allow_delete="")),
    "plan-blocked-beside-good": lambda: shown(plan(blocked(1), updated(1), PSP), status=3),
    "plan-pending": lambda: shown(waiting(2)),
    "plan-pending-40": lambda: shown(waiting(40)),
    "plan-own-header": lambda: shown(plan(updated(1)), replace(SHOWS, comment_header=HEADER, comment_footer=FOOTER)),
    "plan-invalid": lambda: page(
        Result(command="plan", status=3, diagnostics=tuple(problem(n, "There is no such field.") for n in range(3, 9))),
        SHOWS,
        reason="invalid",
    ),
    "plan-bad-input": lambda: failed(
        "plan", "The input sandbox is 'yes'; it must be one of true, false.", status=64, reason="usage"
    ),
    "plan-other-branch": lambda: shown(plan(updated(1)), at=replace(HERE, branch="release/2")),
    "plan-long-words": lambda: shown(plan(WIDE)),
    "plan-folder": lambda: shown(FULL, replace(SHOWS, comment_key="folder")),
    "preview": lambda: shown(plan(TAX, PSP), Inputs(command="preview", base="HEAD^1")),
    "preview-of-a-fork": lambda: shown(
        plan(TAX), Inputs(command="preview", base="HEAD^1"), at=replace(HERE, fork=True)
    ),
    "validate": lambda: page(
        Result(command="validate", status=3, diagnostics=(problem(4, "There is no such field."),)),
        Inputs(command="validate"),
        reason="invalid",
    ),
    "applying": lambda: page(Result(command="apply", status=0), APPLIES, PUSHED, how=BEGUN),
    "applied": lambda: applied(
        plan(TAX, PSP),
        outcome(TAX, Status.APPLIED, done=tuple(a.action for a in TAX.actions), requests=1),
        outcome(PSP, Status.APPLIED, done=tuple(a.action for a in PSP.actions), requests=1),
    ),
    "partly-applied": lambda: applied(FULL, *OUTCOMES, status=5),
    "not-applied-expired": lambda: applied(
        plan(TAX, EPD),
        *(
            outcome(of, Status.UNAPPROVED, message="No approved plan shows this.", left=(of.actions[0].action,))
            for of in (TAX, EPD)
        ),
        status=4,
        why=NoPlan.EXPIRED,
        inputs=replace(APPLIES, follow_up=True),
    ),
    "not-applied-refused": lambda: failed(
        "apply",
        "The plan changes 40 resources of 60, more than --max-changes 20 allows.",
        status=6,
        reason="refused",
        at=PUSHED,
    ),
    "not-known": lambda: failed(
        "apply", "The run produced no result. See its log for the reason.", status=1, reason="apply-failed", at=PUSHED
    ),
    "applied-30": lambda: applied(
        plan(*map(updated, range(30)), ERP),
        *(outcome(updated(n), Status.APPLIED, done=(updated(n).actions[0].action,), requests=1) for n in range(30)),
        outcome(ERP, Status.BLOCKED, message="The platform cannot go back to all regions."),
        status=3,
    ),
    "drift": lambda: drifted(live("acme-tax", Fate.CHANGED), live("acme-psp", Fate.DELETED), live("ok", Fate.SAME)),
    "drift-and-pending": lambda: drifted(
        live("acme-tax", Fate.CHANGED, new=LONG_NAME), live("late-001", Fate.PENDING), waiting=(pending(1),)
    ),
    "certification": lambda: shown(plan(replace(EPD, identity=certification("ACME-EPD-2026-000000000001")))),
}

ALERT = re.compile(r"<blockquote>\s*<p>\[!(CAUTION|WARNING)\]\n?(.*?)</blockquote>", re.DOTALL)

STYLE = """
body { margin: 0; padding: 16px; font: 14px/1.5 sans-serif; overflow-wrap: break-word; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; }
td, th { padding: 6px 13px; border: 1px solid #d1d9e0; }
code { padding: .2em .4em; font: 85% monospace; white-space: break-spaces; background: #818b981f; border-radius: 6px; }
pre { padding: 16px; overflow: auto; font: 85%/1.45 monospace; background: #f6f8fa; }
pre code { padding: 0; font-size: 100%; white-space: pre; overflow-wrap: normal; background: none; }
blockquote { margin: 0 0 16px; padding: 0 1em; border-left: .25em solid #d1d9e0; color: #59636e; }
.caution, .warning { margin-bottom: 16px; padding: 8px 16px; border-left: .25em solid #cf222e; }
"""
"""The rules of GitHub's own style sheet that decide what is broken into lines and what scrolls sideways."""


def as_page(markdown: str, style: str = STYLE) -> str:
    """Return a page that shows a body as GitHub does."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
    made = cmarkgfm.github_flavored_markdown_to_html(markdown, options=options)
    made = ALERT.sub(
        lambda found: f'<div class="{found[1].lower()}"><b>{found[1].title()}</b><p>{found[2]}</div>', made
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{style}</style>'
    return f'<!doctype html><html><head>{head}</head><body class="markdown-body">{made}</body></html>'
