"""Make a manifest of a document that passed the check."""

from collections.abc import Mapping
from typing import Any, Final

from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, PublishTo, State
from trueup.model.position import Positions
from trueup.model.target import OriginTarget, Target

_DEFAULT_LOCALE: Final = "en"
_ID_FIELDS: Final = tuple(IdField)


def build_manifest(kind: Kind, document: Mapping[str, Any], target: Target | None, positions: Positions) -> Manifest:
    """Return the manifest; ``target`` is None when there is no project, and then the name in metadata stands."""
    metadata = document["metadata"]
    name = metadata.get("target", "") if target is None else target.name
    return Manifest(
        identity=_identity(kind, metadata, name),
        spec=document.get("spec", {}),
        lifecycle=_lifecycle(document["lifecycle"]) if document.get("lifecycle") else NO_LIFECYCLE,
        labels=metadata.get("labels", {}),
        positions=positions,
        locale=_locale(metadata, target) if KINDS[kind].localised else None,
    )


def _identity(kind: Kind, metadata: Mapping[str, Any], target: str) -> Identity:
    for field in _ID_FIELDS:
        if field in metadata:
            return Identity(target, kind, field, metadata[field])
    raise ValueError("the manifest check lets no manifest without an identity pass")


def _locale(metadata: Mapping[str, Any], target: Target | None) -> str:
    default = target.locale if isinstance(target, OriginTarget) else _DEFAULT_LOCALE
    locale: str = metadata.get("locale", default)
    return locale


def _lifecycle(block: Mapping[str, Any]) -> LifecycleSpec:
    return LifecycleSpec(
        previewable=block.get("previewable"),
        publish=PublishTo(block.get("publish", PublishTo.NONE)),
        listed=block.get("listed"),
        certification_comments=tuple(block.get("certificationComments", ())),
        protect=block.get("protect", False),
        state=State(block.get("state", State.PRESENT)),
        reason=block.get("reason", ""),
    )
