"""One plan, one apply, one drift and one journal that have every form that a document can hold."""

from dataclasses import replace
from typing import Final

from trueup.edit.adopt import Adoption
from trueup.edit.describe import Described, Description, Imported, Imports, NotImported
from trueup.errors import Diagnostic, Severity
from trueup.model.action import (
    Action,
    AddComment,
    FieldAction,
    Level,
    Publish,
    Reason,
    RequestPreview,
    SetMembers,
    SetValue,
    Unlist,
)
from trueup.model.field import Risk
from trueup.model.identity import Identity, IdField, Kind, Platform, TargetAddress
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec, PublishTo, State
from trueup.model.plan import (
    Base,
    Cause,
    DigestIs,
    Drift,
    Fate,
    Forecast,
    ForecastWait,
    Gone,
    Moved,
    MustNotExist,
    Plan,
    PlannedAction,
    PlanRules,
    ResourceDrift,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.run import FieldReport, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Members, Parts
from trueup.plan.digest import plan_digest
from unit.report import samples
from unit.report.samples import EPD, ERP, GONE, PSP, SAME, TAX, UNREADABLE, connector, finding, outcome, planned

EU: Final = TargetAddress(
    platform=Platform.CONNECT,
    address="https://connect.eu.example",
    auth_url="https://auth.eu.example",
    project_key="acme",
)
ORIGIN: Final = TargetAddress(platform=Platform.ORIGIN, address="https://origin.example")
BASE: Final = Base(revision="feature/\udcff", commit="c" * 40)
"""A branch whose name is not Unicode."""

ODD_FILE: Final = Position("connectors/caf\udce9.yaml", 7, 3)

_ENTRY = ReportEntry(
    kind="ERROR", title="No licence", message="Add a licence.", application="tax", created_at="2026-11-22T07:05:10Z"
)
_DRAFT = Lifecycle(
    status="Draft",
    previewable="pending",
    private=True,
    listed=False,
    has_changes=True,
    comments=("Ready.",),
    preview_report=(_ENTRY,),
    publish_report=(_ENTRY, replace(_ENTRY, kind="WARNING", message="", application="", created_at="")),
)
_ELEMENTS = Elements({("ACME", "EU"): {"website": "acme.example", "size": 3}, ("B", ""): {}}, frozenset({("B", "")}))


def _process(action: Action, stage: int, risk: Risk = Risk.VISIBLE) -> PlannedAction:
    return planned(action, NOT_RETURNED, ABSENT, stage=stage, reason=Reason.LIFECYCLE, risk=risk)


_FULL_TAX = replace(
    TAX,
    precondition=VersionIs("8349fda5", 7),
    actions=(
        *(replace(action, position=ODD_FILE, cause=Cause.YOURS) for action in TAX.actions),
        replace(samples.scalar("creator.email", "a@acme.example", "b@acme.example"), cause=Cause.DRIFT),
        replace(samples.scalar("name", "\u0410cme", "Acme \u202egnp"), cause=Cause.BOTH),
        _process(RequestPreview(), 1),
        _process(AddComment("Ready for you."), 2, Risk.ROUTINE),
        _process(Publish(certification=True), 3, Risk.DESTRUCTIVE),
        _process(Unlist(), 4),
    ),
    findings=(
        finding(Level.NOTE, "not-returned", "The platform did not return it.", "documentationUrl"),
        replace(finding(Level.WARNING, "looks-alike", "It looks like \u0410cme."), position=None),
    ),
    desired={
        "name": "Acme",
        "creator.noOfContributors": 5,
        "supportedRegions": Members(("b", "a")),
        "repository": Parts({"url": "u", "tag": "t", "size": 1}),
        "brands": _ELEMENTS,
    },
    observed={"name": Known("Old"), "supportedRegions": Known(Members(())), "brands": Known(_ELEMENTS)},
    content={"documentationUrl": NOT_RETURNED, "privateProjects": ABSENT, "repository": Known(Parts({"url": "u"}))},
    live_lifecycle=_DRAFT,
    known={"documentationUrl": Known("https://acme.example")},
    remembered=(
        SetValue("documentationUrl", "https://acme.example"),
        *(made.action for made in EPD.actions if isinstance(made.action, FieldAction)),
    ),
    lifecycle=LifecycleSpec(
        previewable=True,
        publish=PublishTo.CERTIFIED,
        listed=False,
        certification_comments=("Ready for you.",),
        protect=True,
    ),
    rules=PlanRules(processes=False, retry_rejected=True, during_certification=True),
    manifest_digest="sha256:" + "cd" * 32,
)

_LOST = finding(
    Level.BLOCKED,
    "lost-key",
    "The draft 8349fda5 has no key and looks like this one. Give it back its key, or remove it.",
    line=4,
)


def _full() -> Plan:
    resources = sorted(
        (
            _FULL_TAX,
            replace(PSP, precondition=MustNotExist()),
            replace(ERP, findings=(*ERP.findings, _LOST)),
            samples.BUSY,
            replace(GONE, lifecycle=LifecycleSpec(state=State.ABSENT, reason="replaced by acme-tax")),
            UNREADABLE,
            replace(UNREADABLE, identity=connector("acme-oms"), error="caf\udce9.yaml cannot be read."),
            SAME,
            replace(EPD, precondition=DigestIs("13949a9b", "sha256:" + "ef" * 32), locale="en-US"),
            replace(
                SAME, identity=Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, "13949a9b"), locale="de-DE"
            ),
        ),
        key=lambda one: one.identity,
    )
    places = {"connect-eu": EU, "origin": ORIGIN}
    return Plan(
        resources=tuple(resources),
        digest=plan_digest(resources, places),
        forecast=Forecast(requests=11, seconds=2.75, waits=(ForecastWait(process="preview", count=2, seconds=1800.0),)),
        unmanaged={"connect-eu": 3, "origin": 0},
        base=BASE,
        gone=(Gone(identity=connector("acme-gone"), position=ODD_FILE),),
        places=places,
        moved=(
            Moved(target="connect-eu", then=None, now=EU),
            Moved(target="origin", then=replace(ORIGIN, address="https://old.example"), now=ORIGIN),
        ),
    )


PLAN: Final = _full()
EMPTY_PLAN: Final = replace(samples.plan(), digest=plan_digest((), {}))

OUTCOMES: Final = tuple(
    sorted(
        (
            *samples.OUTCOMES,
            outcome(
                replace(SAME, identity=connector("acme-oms")),
                Status.SKIPPED,
                message="Not begun: caf\udce9.yaml.",
                details=("Said \udce9.", ""),
            ),
            outcome(
                replace(TAX, identity=connector("acme-processes")),
                Status.FAILED,
                done=tuple(planned_action.action for planned_action in _FULL_TAX.actions),
                left=(PSP.actions[0].action, GONE.actions[0].action, EPD.actions[4].action),
                fields=(FieldReport(path="url", planned=ABSENT, now=NOT_RETURNED, wanted=Known(Members(("a", "b")))),),
                requests=4,
                correlation_id="trueup-0f3c2b1a",
                remote_id="8349fda5",
                kept=(SetMembers("supportedRegions", ("a",)),),
                settled=9,
            ),
        ),
        key=lambda one: one.identity,
    )
)

_CHANGES = tuple(replace(action, stage=0, cause=Cause.DRIFT) for action in TAX.actions)


def _drifted(key: str, fate: Fate, **said: object) -> ResourceDrift:
    return ResourceDrift(identity=connector(key), fate=fate, position=Position("a.yaml", 1, 1), **said)  # type: ignore[arg-type]  # each call knows the field


DRIFT: Final = Drift(
    resources=(
        _drifted(
            "a",
            Fate.CHANGED,
            changes=(*_CHANGES[:2], replace(_CHANGES[2], cause=Cause.BOTH, position=ODD_FILE)),
            repeated=(replace(_process(Publish(certification=False), 0), cause=Cause.DRIFT),),
            not_returned=("documentationUrl",),
            locale="en-US",
        ),
        _drifted("b", Fate.DELETED),
        _drifted("c", Fate.RETURNED),
        _drifted("d", Fate.SAME),
        _drifted("e", Fate.UNKNOWN),
        _drifted("f", Fate.UNREADABLE, error="caf\udce9.yaml cannot be read."),
    ),
    base=BASE,
)

ADOPTIONS: Final = (
    Adoption(drift=DRIFT.resources[0], taken=_CHANGES[:2], refused=((_CHANGES[2], "it is an alias"),)),
    Adoption(drift=DRIFT.resources[1]),
)

IMPORTS: Final = Imports(
    imported=(
        Imported(
            identity=EPD.identity,
            file="certifications/caf\udce9.yaml",
            description=Description(
                text="kind: Certification\n", omitted=(("brands", "there are several"),), not_returned=("contacts",)
            ),
        ),
    ),
    not_imported=(NotImported(kind="Connector", name="none", target="connect-eu", reason="there is none"),),
    described=(Described(identity=TAX.identity, position=ODD_FILE),),
    written=False,
)

DIAGNOSTICS: Final = (
    Diagnostic(
        code="unknown-field",
        message="descripton is not known.",
        position=Position("connectors/tax.yaml", 9, 3),
        path="spec.descripton",
        allowed="One of: description, name.",
        hint="Did you mean description?",
    ),
    Diagnostic(
        code="empty-text",
        message="The text is empty.",
        position=ODD_FILE,
        severity=Severity.WARNING,
        quotable=False,
    ),
    Diagnostic(code="no-manifests", message="No file matches.", position=Position("/etc/odd.yaml", 1, 1)),
)
