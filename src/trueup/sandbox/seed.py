"""Seeds: the resources that the platforms hold before the first request.

A seed is plain data. The command reads it from a YAML or JSON file, with the limits of every other file::

    connectors:                    # partial ConnectorStaged; name, creator.email and repository are required
      - key: acme-tax
        ...
        sandbox: {preview: "false", publish: Failed, certification: Failed}     # how its pipelines end, if they fail
    certifications:                # shaped like CertificationsUpdate without collectionBehavior
      - externalId: ACME-EPD-001
        ...

or the same for several worlds: ``worlds: {NAME: {connectors: ..., certifications: ...}}``. A certification may also be
``archived``, ``otherCompany`` or ``attachedToOtherCompany``. A connector that is seeded as Processing, in certification
or pending stays so, as no pipeline is running for it.
"""

from collections.abc import Mapping
from typing import Any, get_type_hints

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.position import Position
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, content, new_draft
from trueup.sandbox.connect.shapes import DRAFT, problems
from trueup.sandbox.settings import Results
from trueup.sandbox.store import Ids, SandboxClock, Store, SystemClock

Seed = dict[str, Any]

_PARTS = ("connectors", "certifications")
# The same as origin.records.KIND. To import that would be a cycle: records -> world -> faults -> effects -> seed.
_CERTIFICATION = "certification"
_OWN = "sandbox"


def check_seed(seed: object, source: str) -> Seed:
    """Return the seed if it is valid; raises InvalidInput with one diagnostic for each problem."""
    if not isinstance(seed, dict):
        raise _wrong(source, "A seed must be a mapping with connectors, certifications or worlds.")
    worlds = seed.get("worlds")
    if worlds is not None and (not isinstance(worlds, dict) or len(seed) > 1):
        raise _wrong(source, "worlds must be a mapping of names to seeds, without other members beside it.")
    wrong = _problems(seed, "") if worlds is None else []
    for name, part in (worlds or {}).items():
        wrong += _problems(part, f"{name}: ")
    if wrong:
        raise _wrong(source, *wrong)
    return seed


def _problems(seed: object, where: str) -> list[str]:
    if not isinstance(seed, dict):
        return [f"{where}Expected a mapping."]
    wrong = [f"{where}Unknown member {name!r}; allowed: {', '.join(_PARTS)}." for name in seed if name not in _PARTS]
    for part, check in zip(_PARTS, (_connector_problems, _certification_problems), strict=True):
        listed = [] if seed.get(part) is None else seed[part]
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            wrong.append(f"{where}{part}: Expected a list of mappings.")
            continue
        for index, item in enumerate(listed):
            wrong += [f"{where}{part}[{index}].{message}" for message in check(item)]
    return wrong


def _connector_problems(connector: Mapping[str, Any]) -> list[str]:
    wrong = list(problems(connector, DRAFT))
    # The platform ignores unknown members. In a seed they are misspelt, and the draft would start in another state.
    known = {*_SAMPLE, _OWN} - {HIDDEN}
    wrong += [f"{name}: Not a member of ConnectorStaged" for name in connector if name not in known]
    return wrong


def _certification_problems(certification: Mapping[str, Any]) -> list[str]:
    named = certification.get("originId") or certification.get("externalId")
    return [] if named else ["externalId or originId is missing"]


def apply_seed(store: Store, world: str, seed: Seed, *, clock: SandboxClock | None = None) -> None:
    """Add the resources of a seed to the world, of a seed with ``worlds`` only those of this world."""
    part = seed["worlds"].get(world, {}) if "worlds" in seed else seed
    now, ids = (clock or SystemClock()).now(), Ids(store)
    with store.transaction():
        for connector in part.get("connectors") or ():
            _add_connector(store, world, connector, ids, now)
        for certification in part.get("certifications") or ():
            # Without validation: a seed may hold states that no request could bring about.
            document = {"originId": certification.get("originId") or ids.next(), **_as_text(certification)}
            store.put(world, _CERTIFICATION, document["originId"], document.get("externalId") or "", document)


def _add_connector(store: Store, world: str, connector: Mapping[str, Any], ids: Ids, now: float) -> None:
    draft = new_draft(connector, id=connector.get("id") or ids.next(), now=now)
    # Null means unset, for which a new draft already has the stored form: None, or an empty list.
    given = {name: value for name, value in connector.items() if name in draft and value is not None}
    draft.update(given)
    # YAML reads an unquoted true as a boolean; the platform has the texts "true" and "false".
    draft["isPreviewable"] = _as_text(draft["isPreviewable"])
    hidden = draft[HIDDEN]
    published = draft["alreadyListed"] or draft["status"] == "Published"
    # Only certification leads to a public connector (connect-api.md section 3).
    hidden["certified"] = not draft["private"] and published
    if published:
        # The published content of a draft with changes is unknown, only that it differs: no content equals {}.
        hidden["published"] = {} if draft["hasChanges"] else content(draft)
    hidden["results"] = {name: _as_text(connector[_OWN][name]) for name in _RESULTS if name in connector.get(_OWN, {})}
    Drafts(store, world).save(draft)


_RESULTS = tuple(get_type_hints(Results))
_SAMPLE = new_draft({"name": "", "creator": {}, "repository": {"url": "", "tag": ""}}, id="", now=0)


def _as_text(value: Any) -> Any:
    """Return a value with its numbers and booleans as texts, which is how Origin sends them."""
    match value:
        case dict():
            return {name: _as_text(inner) for name, inner in value.items()}
        case list():
            return [_as_text(inner) for inner in value]
        case bool():
            return str(value).lower()
        case None:
            return None
        case _:
            return str(value)


def _wrong(source: str, *messages: str) -> InvalidInput:
    place = Position(source, 1, 1)
    return InvalidInput([Diagnostic(code="sandbox-seed", message=message, position=place) for message in messages])
