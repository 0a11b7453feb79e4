"""Digest what one manifest wants, so that a saved plan can tell whether it still wants the same."""

from typing import Final

from trueup.model.manifest import NO_LIFECYCLE, Manifest
from trueup.model.value import Desired
from trueup.plan.codec import text_digest, to_json
from trueup.plan.digest import settled

_NO_LIFECYCLE: Final = to_json(NO_LIFECYCLE)


def manifest_digest(manifest: Manifest, desired: Desired) -> str:
    """Return the digest of identity, language, managed fields and lifecycle; labels, places and layout stay out."""
    return text_digest(
        [
            to_json(manifest.identity),
            manifest.locale,
            {path: value if value.__class__ is str else to_json(settled(value)) for path, value in desired.items()},
            _NO_LIFECYCLE if manifest.lifecycle is NO_LIFECYCLE else to_json(manifest.lifecycle),
        ]
    )
