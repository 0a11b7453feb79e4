"""Make a manifest of a document that passed the check."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from trueup.model.identity import Identity, IdField, Kind
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.position import Positions
from trueup.model.target import OriginTarget, Target

_DEFAULT_LOCALE: Final = "en"
_ID_FIELDS: Final = tuple(IdField)
_NOTHING_SAID: Final = LifecycleSpec()


def build_manifest(kind: Kind, document: Mapping[str, Any], target: Target | None, positions: Positions) -> Manifest:
    """Return the manifest; ``target`` is None when there is no project, and then the name in metadata stands."""
    metadata = document["metadata"]
    name = metadata.get("target", "") if target is None else target.name
    return Manifest(
        identity=_identity(kind, metadata, name),
        spec=document.get("spec", {}),
        lifecycle=_lifecycle(document["lifecycle"]) if document.get("lifecycle") else _NOTHING_SAID,
        labels=metadata.get("labels", {}),
        positions=positions,
        locale=_locale(metadata, target) if kind is Kind.CERTIFICATION else None,
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
    return _lifecycle_of(
        block.get("previewable"),
        block.get("publish", PublishTo.NONE),
        block.get("listed"),
        tuple(block.get("certificationComments", ())),
        block.get("protect", False),
        block.get("state", State.PRESENT),
        block.get("reason", ""),
    )


@lru_cache(maxsize=256)  # Thousands of manifests say a handful of different things here.
def _lifecycle_of(  # noqa: PLR0913, PLR0917 - one for each member of the block
    previewable: bool | None,  # noqa: FBT001 - as above
    publish: str,
    listed: bool | None,  # noqa: FBT001 - as above
    comments: tuple[str, ...],
    protect: bool,  # noqa: FBT001 - as above
    state: str,
    reason: str,
) -> LifecycleSpec:
    return LifecycleSpec(
        previewable=previewable,
        publish=PublishTo(publish),
        listed=listed,
        certification_comments=comments,
        protect=protect,
        state=State(state),
        reason=reason,
    )
