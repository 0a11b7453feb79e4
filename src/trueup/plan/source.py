"""Digest what one manifest wants, so that a saved plan can tell whether it still wants the same."""

from trueup.model.manifest import Manifest
from trueup.model.value import Desired
from trueup.plan.digest import settled
from trueup.plan.jsonable import desired_to_json, identity_to_json, lifecycle_to_json, text_digest


def manifest_digest(manifest: Manifest, desired: Desired) -> str:
    """Return the digest of identity, language, managed fields and lifecycle; labels, places and layout stay out."""
    return text_digest(
        [
            identity_to_json(manifest.identity),
            manifest.locale,
            desired_to_json({path: settled(value) for path, value in desired.items()}),
            lifecycle_to_json(manifest.lifecycle),
        ]
    )
