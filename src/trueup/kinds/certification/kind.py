"""The description of the certification kind."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from trueup.kinds.base import KindSpec, Naming, Payloads
from trueup.kinds.certification.fields import BY_PATH, CREATED, FIELDS, TABLE
from trueup.kinds.certification.live import observe
from trueup.kinds.certification.payloads import create_item, delete_item, update_item
from trueup.kinds.certification.rules import advice, check, dated_advice
from trueup.kinds.values import read_spec
from trueup.model.action import FieldAction, ProcessAction
from trueup.model.identity import Identity, IdField, Kind, Platform
from trueup.model.live import Live
from trueup.model.overview import LiveStatus
from trueup.model.value import Desired, Known


def _creation(desired: Desired) -> tuple[Desired, Desired]:
    carried = {path: value for path, value in desired.items() if path in CREATED}
    return carried, {path: value for path, value in desired.items() if path not in CREATED}


def _update(identity: Identity, locale: str, actions: Sequence[FieldAction | ProcessAction]) -> list[dict[str, object]]:
    fields = [action for action in actions if isinstance(action, FieldAction)]
    # Publishing is a change of the field "channels", so certifications have no process actions.
    if len(fields) != len(actions):
        raise TypeError("an update of certifications cannot contain a process action")
    return [update_item(identity, locale, fields)]


def _status(live: Live) -> LiveStatus:
    # A certification has no states and no times (origin-api.md section 10).
    expiry = live.fields.get("expiryDate")
    return LiveStatus(state="Live", notes=(f"It expires on {expiry.value}.",) if isinstance(expiry, Known) else ())


CERTIFICATION: Final = KindSpec(
    kind=Kind.CERTIFICATION,
    platform=Platform.ORIGIN,
    plural="certifications",
    naming=Naming(
        field=IdField.EXTERNAL_ID,
        own_id=IdField.ORIGIN_ID,
        # The only confirmed search criterion is an id (origin-api.md section 8).
        unlisted="Origin has no known search that lists all your certifications. Name them: trueup import "
        "--target {} EXTERNAL-ID",
    ),
    fields=FIELDS,
    by_path=BY_PATH,
    desired=partial(read_spec, TABLE),
    observe=observe,
    creation=_creation,
    check=check,
    payloads=Payloads(create=create_item, update=_update, delete=delete_item),
    # No version, revision or modification time is known (origin-api.md section 10).
    versioned=False,
    localised=True,
    deletion="Origin deletes the certification permanently, or archives it if it is attached to another company's "
    "material; its answer does not say which.",
    summary=("standard.code", "certificateNumber", "reportingBody"),
    status=_status,
    advice=advice,
    dated_advice=dated_advice,
    headers={
        "metadata.externalId": ("ID", "External ID", "Certification ID", "Certificate ID"),
        "metadata.originId": ("Origin ID",),
        "spec.certificateNumber": ("Number", "Certificate no", "Certificate"),
        "spec.url": ("Link", "Certificate link"),
        "spec.standard.code": ("Standard", "Standard code"),
        "spec.reportingBody.name": ("Reporting body", "Certification body", "Issued by", "Issuer"),
        "spec.reportingBody.selfReported": ("Self-reported",),
        "spec.issueDate": ("Issued", "Issued on", "Date of issue"),
        "spec.expiryDate": ("Expires", "Expires on", "Expiry", "Expiration date", "Valid until"),
        "spec.additionalsDocuments.originalUrl": ("Document", "Additional document"),
        "spec.brands.name": ("Brand",),
        "spec.channels.name": ("Channel",),
        "spec.featuresCustoms.name": ("Feature",),
        "spec.featuresCustoms.value": ("Feature value",),
        "spec.voc.content.exemptCompounds.CAS": ("CAS", "CAS number"),
    },
)
