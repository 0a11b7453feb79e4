"""Warnings about a connector's spec (``connect-api.md`` section 10.3): no rule of the API, but probably a mistake."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from trueup.kinds.base import EMAIL, URL, Advice, TextForm, unusual_texts

_REPOSITORY: Final = re.compile(r"(?:https|git@[\w.]+)(?::(?://)?)[\w.@:/\-~]+[.]git")
_TAG: Final = re.compile(r"(?!.*[.]{2})[^\W_][\w.@/-]{0,254}")
_NO_URL: Final = "does not look like a URL"

_FORMS: Final[tuple[TextForm, ...]] = (
    (("repository", "url"), _REPOSITORY, "unusual-repository", "is not a repository URL that Connect's tools take"),
    (("repository", "tag"), _TAG, "unusual-tag", "is not a tag that Connect's tools take"),
    (("creator", "email"), EMAIL, "unusual-email", "does not look like an email address"),
    (("creator", "logoUrl"), URL, "unusual-url", _NO_URL),
    (("creator", "supportUrl"), URL, "unusual-url", _NO_URL),
    (("documentationUrl",), URL, "unusual-url", _NO_URL),
)


def advice(spec: Mapping[str, Any]) -> Iterator[Advice]:
    """Give the warnings about a spec that its schema accepts."""
    return unusual_texts(spec, _FORMS)
