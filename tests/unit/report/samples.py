"""Plans and outcomes that contain everything a report can show."""

from dataclasses import replace

from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    Delete,
    Finding,
    Level,
    Publish,
    Reason,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import Risk
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Cause, Forecast, Plan, PlannedAction, PlannedFinding, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import FieldReport, Outcome, Status
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts, Value

DIGEST = "sha256:" + "ab" * 32


def connector(key: str) -> Identity:
    return Identity("connect-eu", Kind.CONNECTOR, IdField.KEY, key)


def certification(external_id: str) -> Identity:
    return Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, external_id)


def planned(  # noqa: PLR0913 - a builder with the defaults that tests do not care about
    action: Action,
    before: Value | LiveValue = ABSENT,
    after: Value | LiveValue = ABSENT,
    *,
    stage: int = 0,
    reason: Reason = Reason.SCALAR_DIFFERS,
    risk: Risk = Risk.ROUTINE,
    cause: Cause | None = None,
) -> PlannedAction:
    return PlannedAction(
        action=action, stage=stage, reason=reason, risk=risk, before=_live(before), after=_live(after), cause=cause
    )


def _live(value: Value | LiveValue) -> LiveValue:
    return Known(value) if isinstance(value, str | int | Members | Parts | Elements) else value


def scalar(path: str, old: Value | LiveValue, new: str | int, cause: Cause | None = None) -> PlannedAction:
    return planned(SetValue(path, new), old, new, cause=cause)


def finding(level: Level, code: str, message: str, path: str = "", line: int = 12) -> PlannedFinding:
    return PlannedFinding(
        finding=Finding(level=level, code=code, message=message, path=path),
        position=Position("connectors/erp.yaml", line, 3),
    )


def resource(  # noqa: PLR0913 - the same
    identity: Identity,
    verdict: Verdict,
    *actions: PlannedAction,
    file: str = "connectors/tax.yaml",
    findings: tuple[PlannedFinding, ...] = (),
    error: str = "",
    locale: str | None = None,
) -> ResourcePlan:
    return ResourcePlan(
        identity=identity,
        verdict=verdict,
        position=Position(file, 3, 1),
        actions=actions,
        findings=findings,
        error=error,
        locale=locale,
    )


def plan(*resources: ResourcePlan, requests: int = 0, unmanaged: dict[str, int] | None = None) -> Plan:
    return Plan(
        resources=resources,
        digest=DIGEST,
        forecast=Forecast(requests=requests, seconds=requests * 0.25),
        unmanaged=unmanaged or {},
    )


OLD_TEXT = "Calculates sales tax.\n\nSupports: EU, US.\nSee the docs."
NEW_TEXT = "Calculates sales tax in the cart.\n\nSupports: EU, US.\nSee the docs."

TAX = resource(
    connector("acme-tax"),
    Verdict.UPDATE,
    scalar(
        "description",
        "Calculates sales tax.",
        "Calculates sales tax in the cart and at checkout, for every region that the shop sells in.",
    ),
    planned(
        SetParts("repository", {"url": "git@github.com:acme/connect-tax.git", "tag": "v1.4.0"}),
        Parts({"url": "git@github.com:acme/connect-tax.git", "tag": "v1.3.0"}),
        Parts({"url": "git@github.com:acme/connect-tax.git", "tag": "v1.4.0"}),
        reason=Reason.GROUP_DIFFERS,
    ),
    planned(
        SetMembers("supportedRegions", ("europe-west1.gcp", "us-central1.gcp")),
        Members(("europe-west1.gcp", "australia-southeast1.gcp")),
        Members(("europe-west1.gcp", "us-central1.gcp")),
        reason=Reason.SET_DIFFERS,
    ),
    scalar("creator.noOfContributors", 4, 5),
    planned(
        AddMember("privateProjects", "europe-west1.gcp:shop-2"),
        ABSENT,
        "europe-west1.gcp:shop-2",
        reason=Reason.MEMBER_MISSING,
    ),
    planned(
        RemoveMember("privateProjects", "europe-west1.gcp:shop-old"),
        "europe-west1.gcp:shop-old",
        ABSENT,
        reason=Reason.MEMBER_EXTRA,
    ),
)

PSP = resource(
    connector("acme-psp"),
    Verdict.CREATE,
    planned(
        Create(
            {
                "name": "Acme PSP",
                "description": "Takes card payments.\nAnd gift cards.",
                "integrationTypes": Members(("psp", "giftcard")),
                "creator.email": "payments@acme.example",
                "repository": Parts({"url": "https://github.com/acme/connect-psp.git", "tag": "v0.9.0"}),
            }
        ),
        reason=Reason.DOES_NOT_EXIST,
    ),
    file="connectors/psp.yaml",
)

ERP = resource(
    connector("acme-erp"),
    Verdict.BLOCKED,
    scalar("name", "Acme ERP", "Acme ERP Bridge"),
    file="connectors/erp.yaml",
    findings=(
        finding(
            Level.BLOCKED,
            "cannot-clear",
            "supportedRegions is [] here and 2 regions live; the platform cannot go back to all regions. "
            "Name the regions, or leave it out.",
            "supportedRegions",
        ),
    ),
)

BUSY = resource(
    connector("acme-mail"),
    Verdict.DEFERRED,
    scalar("name", "Acme Newsletter", "Acme Mail"),
    file="connectors/mail.yaml",
    findings=(
        finding(
            Level.NOTE,
            "busy",
            "The platform is publishing it and takes no changes until that is done. Plan again later.",
            line=3,
        ),
    ),
)

GONE = resource(
    connector("acme-old"),
    Verdict.DELETE,
    planned(Delete("replaced by acme-tax"), reason=Reason.TOMBSTONE, risk=Risk.DESTRUCTIVE),
    file="connectors/old.yaml",
)

UNREADABLE = resource(
    connector("acme-pim"),
    Verdict.UNREADABLE,
    error="The platform answered 503 to every attempt; nothing is known of it.",
    file="connectors/pim.yaml",
)

SAME = resource(connector("acme-search"), Verdict.UNCHANGED, file="connectors/search.yaml")

EPD = resource(
    certification("ACME-EPD-001"),
    Verdict.UPDATE,
    scalar("certificateNumber", "ABC-123-000001", "ABC-123-000002"),
    planned(
        SetParts("reportingBody", {"selfReported": "TRUE"}),
        Parts({"name": "Veritas"}),
        Parts({"selfReported": "TRUE"}),
        reason=Reason.CHOICE_DIFFERS,
    ),
    planned(
        AddElement("brands", ("ACME Inc.",), {"website": "www.acme.example"}),
        Parts({"website": "www.acmexyz.com"}),
        Parts({"website": "www.acme.example"}),
        reason=Reason.ELEMENT_DIFFERS,
        risk=Risk.VISIBLE,
    ),
    planned(AddElement("brands", ("ACME Floors",), {}), ABSENT, Parts({}), reason=Reason.ELEMENT_MISSING),
    planned(RemoveElement("brands", ("Acme Ltd",)), Parts({}), ABSENT, reason=Reason.ELEMENT_EXTRA),
    planned(
        AddElement(
            "contacts",
            ("ACME-QUALITY",),
            {
                "type": "MANUFACTURER",
                "companyName": "ACME Inc.",
                "name": "Mary Major",
                "email": "quality@acme.example",
                "postalAddress": "2500 Street Avenue P.O. Box 999 Manchester, PA 1234",
            },
        ),
        ABSENT,
        Parts(
            {
                "type": "MANUFACTURER",
                "companyName": "ACME Inc.",
                "name": "Mary Major",
                "email": "quality@acme.example",
                "postalAddress": "2500 Street Avenue P.O. Box 999 Manchester, PA 1234",
            }
        ),
        reason=Reason.ELEMENT_MISSING,
    ),
    planned(
        AddElement("voc.content.exemptCompounds", ("109-99-9",), {"percentByWeight": "1.5"}),
        Parts({"name": "Tetrahydrofuran", "percentByWeight": "1"}),
        Parts({"name": "Tetrahydrofuran", "percentByWeight": "1.5"}),
        reason=Reason.ELEMENT_DIFFERS,
    ),
    planned(
        AddElement("voc.content.regulatoryStandardCustoms", ("ACME-INTERNAL-7",), {}),
        ABSENT,
        Parts({}),
        reason=Reason.ELEMENT_MISSING,
    ),
    planned(SetValue("voc.emission.densityMax", "500"), NOT_RETURNED, "500", reason=Reason.NOT_RETURNED),
    planned(
        AddElement("channels", ("ORIGIN",), {}),
        ABSENT,
        Parts({}),
        stage=1,
        reason=Reason.ELEMENT_MISSING,
        risk=Risk.VISIBLE,
    ),
    file="certifications/epd.yaml",
    findings=(
        finding(
            Level.NOTE,
            "not-returned",
            "The platform did not return it, so it is set without looking.",
            "voc.emission.densityMax",
        ),
    ),
)

FULL = plan(
    TAX,
    PSP,
    ERP,
    BUSY,
    GONE,
    UNREADABLE,
    SAME,
    replace(SAME, identity=connector("acme-cms")),
    EPD,
    requests=9,
    unmanaged={"connect-eu": 1, "origin": 0},
)

CAUSES = plan(
    resource(
        connector("acme-tax"),
        Verdict.UPDATE,
        scalar("name", "Acme Tax", "Acme Taxes", Cause.YOURS),
        scalar("documentationUrl", "https://elsewhere.example", "https://acme.example/docs", Cause.DRIFT),
    ),
    resource(
        connector("acme-psp"),
        Verdict.UPDATE,
        scalar("description", OLD_TEXT, NEW_TEXT, Cause.DRIFT),
        planned(Publish(certification=True), reason=Reason.LIFECYCLE, risk=Risk.VISIBLE, stage=1, cause=Cause.DRIFT),
    ),
    resource(
        connector("acme-erp"),
        Verdict.UPDATE,
        scalar("name", "Somebody's ERP", "Acme ERP Bridge", Cause.BOTH),
    ),
    requests=4,
)


def outcome(planned_resource: ResourcePlan, status: Status, **fields: object) -> Outcome:
    return Outcome(
        identity=planned_resource.identity,
        status=status,
        position=planned_resource.position,
        **fields,  # type: ignore[arg-type]  # the test that passes it knows the field
    )


STALE = outcome(
    TAX,
    Status.STALE,
    message="Live moved since the plan; nothing was sent.",
    left=tuple(action.action for action in TAX.actions[:1]),
    fields=(
        FieldReport(
            path="description",
            planned=Known("Calculates sales tax."),
            now=Known("Calculates VAT."),
            wanted=Known("Calculates sales tax in the cart and at checkout."),
        ),
        FieldReport(path="creator.noOfContributors", planned=Known(4), now=Known(6), wanted=Known(5)),
    ),
)

OUTCOMES = (
    STALE,
    outcome(PSP, Status.APPLIED, done=(PSP.actions[0].action,), requests=1),
    outcome(
        ERP,
        Status.BLOCKED,
        message="supportedRegions is [] here and 2 regions live; the platform cannot go back to all regions.",
        left=(ERP.actions[0].action,),
    ),
    outcome(BUSY, Status.DEFERRED, message="The platform is publishing it."),
    outcome(GONE, Status.UNKNOWN, message="The answer was lost.", left=(GONE.actions[0].action,), requests=1),
    outcome(
        UNREADABLE,
        Status.FAILED,
        message="The platform refuses the content.",
        details=("certifications[1].brands[1] require one name.", "certifications[1] has invalid value ''X''"),
        requests=1,
    ),
    outcome(SAME, Status.UNCHANGED),
    outcome(
        EPD,
        Status.REBASED,
        done=tuple(action.action for action in EPD.actions[:2]),
        requests=2,
        fields=(
            FieldReport(
                path="brands",
                planned=Known(Elements({("A",): {"website": "a"}, ("B",): {}})),
                now=Known(Elements({("A",): {"website": "http://a"}, ("B",): {}})),
                wanted=Known(Elements({("A",): {"website": "a"}, ("B",): {}})),
                note="The platform accepted the change and stores another value. The same difference would come "
                "back at every run: write the value as the platform stores it, or leave the field out.",
            ),
        ),
    ),
)
