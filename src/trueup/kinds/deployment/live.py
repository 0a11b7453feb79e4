"""Read a Deployment (``deployment-api.md`` section 3); absent, null and empty mean the same."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from trueup.errors import UnexpectedAnswer
from trueup.kinds.deployment.fields import (
    APPLICATIONS,
    GLOBAL,
    KEY,
    OPTIONS,
    OWN,
    SECURED,
    STAGED,
    STANDARD,
    TABLE,
    TYPE,
)
from trueup.kinds.observed import flag_at, objects, observe_fields, text_at
from trueup.kinds.tree import Gap, spelled, value_at
from trueup.model.live import Lifecycle, Live, ReportEntry
from trueup.model.value import ABSENT, NOT_RETURNED, Absent, Known, NotReturned

PREVIEW_TYPE = "preview"
_REST = ("connector", GLOBAL, APPLICATIONS)
"""What says which applications and keys the deployment has, and which its code declares (section 3.2)."""


def observe(deployment: Mapping[str, object]) -> Live:
    """Read one deployment; unknown fields, statuses and report types are kept or ignored, never refused.

    Raises ``UnexpectedAnswer`` if ``id`` or ``version`` is missing or a field has an impossible type.
    """
    version = deployment.get("version")
    # A boolean is an int in Python.
    if not isinstance(version, int) or isinstance(version, bool):
        raise UnexpectedAnswer("the deployment in the answer has no version")
    remote_id = text_at(deployment, "id")
    if not remote_id:
        raise UnexpectedAnswer("the deployment in the answer has no id")
    fields = dict(observe_fields(TABLE, _tree(deployment), missing=ABSENT))
    # Older answers lack both (sections 3.1 and 3.2).
    for path in (KEY, TYPE):
        if isinstance(fields[path], Absent):
            fields[path] = NOT_RETURNED
    return Live(
        fields=fields,
        remote_id=remote_id,
        version=version,
        lifecycle=_lifecycle(deployment, version),
        rest={name: deployment.get(name) for name in _REST},
    )


def _tree(deployment: Mapping[str, object]) -> Mapping[str, object]:
    """Return the deployment in the form of a manifest's spec."""
    type_ = _type(deployment)
    applications = {_name(one): _application(one) for one in objects(value_at(deployment, APPLICATIONS), APPLICATIONS)}
    return {
        **{path: _value(deployment, path) for path in OWN},
        "connector": {
            "key": _value(deployment, "connector.key"),
            "id": _value(deployment, "connector.id"),
            "staged": type_ == PREVIEW_TYPE,
        },
        "type": type_,
        "region": _value(deployment, "deployedRegion"),
        GLOBAL: {name: _pairs(deployment, f"{GLOBAL}.{name}") for name in (STANDARD, SECURED)},
        APPLICATIONS: applications,
    }


def _type(deployment: Mapping[str, object]) -> str:
    # Answers of 2024 have no type; then only a preview can be recognized (section 3.1).
    return text_at(deployment, "type") or (PREVIEW_TYPE if flag_at(deployment, "preview") else "")


def _application(application: Mapping[str, object]) -> Mapping[str, object]:
    found = {name: _value(application, name) for name in OPTIONS}
    return {
        STANDARD: _pairs(application, STANDARD),
        SECURED: _pairs(application, SECURED),
        **{name: value for name, value in found.items() if value is not None},
    }


def _name(application: Mapping[str, object]) -> str:
    name = text_at(application, "applicationName")
    if not name:
        raise UnexpectedAnswer("an application in the answer has no name")
    return name


def _pairs(node: Mapping[str, object], path: str) -> dict[str, object]:
    """Return a list of keys and values as a mapping; a key without a value is set to something that is not shown."""
    return {text_at(pair, "key", path): pair.get("value") for pair in objects(value_at(node, path), path)}


def _value(node: Mapping[str, object], path: str) -> object:
    """Return the value at a path, None if there is none."""
    value = value_at(node, path)
    return None if isinstance(value, Gap) else value


def _lifecycle(deployment: Mapping[str, object], version: int) -> Lifecycle:
    entries = value_at(deployment, "details.build.report.entries")
    connector = deployment.get("connector")
    return Lifecycle(
        # Nothing is sent on a guess: a Draft would be redeployed.
        status=text_at(deployment, "status") or "not returned",
        publish_report=tuple(_report(objects(entries, "details.build.report.entries"))),
        # Every write raises the version, and the pipeline does too. The build may keep its id (section 13).
        latest_run=f"{version} {text_at(deployment, 'details.build.id')}".strip(),
        running_release=release_of(connector, staged=_type(deployment) == PREVIEW_TYPE)
        if isinstance(connector, dict)
        else "",
        outputs=tuple(_outputs(objects(value_at(deployment, APPLICATIONS), APPLICATIONS))),
        rollback=_revision(_value(deployment, "rollbackRevision")),
    )


def _outputs(applications: Iterable[Mapping[str, object]]) -> Iterable[tuple[str, str]]:
    for application in applications:
        for member in ("url", "topic"):
            if value := text_at(application, member):
                yield f"{_name(application)} {member}", value


def _revision(rolled_back_to: object) -> str:
    """Return the name of a revision, whose shape is not documented (section 10); empty for none."""
    return "" if rolled_back_to is None else spelled(rolled_back_to) or "that it does not name"


def relate(live: Live, connector: Mapping[str, object]) -> Live:
    """Return a live deployment with what its connector says: its key, and the release that it offers now.

    It is the published one, or the draft.
    """
    if live.lifecycle is None:
        return live
    staged, key = live.fields[STAGED] == Known("true"), text_at(connector, "key")
    # The copy of the connector may lack the key.
    lacks = key and isinstance(live.fields[KEY], NotReturned)
    return replace(
        live,
        fields={**live.fields, KEY: Known(key)} if lacks else live.fields,
        lifecycle=replace(live.lifecycle, offered_release=release_of(connector, staged=staged)),
    )


def release_of(connector: Mapping[str, object], *, staged: bool) -> str:
    """Return a text that names the code of a connector: its tag and, of a published one, its version.

    It is empty if the answer lacks one of them, because a part of it equals no other release.
    """
    tag, version = text_at(connector, "repository.tag"), text_at(connector, "version")
    # The version of a draft rises with every edit and step of its pipeline, so it does not name its code (section 6).
    if staged or not tag:
        return tag
    return f"{tag} (version {version})" if version else ""


def split_release(release: str) -> tuple[str, str]:
    """Return the tag and the version in a text that names code; the version is empty if the text has none.

    The text is one of :func:`release_of`, or what a connector of the same plan will offer.
    """
    # A tag of git has no spaces.
    tag, _, rest = release.partition(" (")
    return tag, rest.removeprefix("version ").removesuffix(")") if rest.startswith("version ") else ""


def _report(entries: Iterable[Mapping[str, object]]) -> Iterable[ReportEntry]:
    for entry in entries:
        yield ReportEntry(
            kind=text_at(entry, "type"),
            title=text_at(entry, "title"),
            message=text_at(entry, "message"),
            application=text_at(entry, "application"),
            created_at=text_at(entry, "createdAt"),
        )
