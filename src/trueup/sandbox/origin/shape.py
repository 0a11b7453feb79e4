"""The fields of a certification, the form of their texts, and the keys of elements (``origin-api.md`` section 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from trueup.sandbox.settings import Settings

LOCALES = ("de", "es_MX", "en", "fr", "zh_CN")
FALLBACK_LOCALE = "en"

_COPIES = "https://origin.build/equinox/documents/"
"""The assumed address of copies of documents; the name "originalUrl" suggests that there are some (section 12)."""

Path = tuple[str, ...]
"""The names of the members from the certification down to a field."""


class Form(Enum):
    """The form of the text of a field; the value is its name in messages."""

    TEXT = "any string"
    URL = "a valid public facing URL"
    WEBSITE = "a valid public facing web address"
    EMAIL = "a valid email"
    DATE = "an ISO-8601 date"
    DECIMAL = "a decimal value"
    BOOLEAN = "a boolean value"


class Need(Enum):
    """The cases in which a field must be sent with the object that contains it."""

    NEVER = "never"
    ON_ADD = "on-add"  # required for an element that is added, not for one that is removed: section 11, row 13
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text field; a ``translated`` one has a text for each locale."""

    name: str
    form: Form = Form.TEXT
    need: Need = Need.NEVER
    allowed: tuple[str, ...] = ()
    translated: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """An object whose fields are updated one by one; of a ``choice``, exactly one field may be sent and set."""

    name: str
    members: "tuple[Leaf | Section | Collection, ...]"
    need: Need = Need.NEVER
    choice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A list whose elements are added and removed by key.

    ``singular`` is the name of an element in messages. ``key`` has the paths in the element that identify it.
    """

    name: str
    singular: str
    members: tuple[Leaf | Section, ...]
    key: tuple[Path, ...]


Member = Leaf | Section | Collection

_URL = Leaf("url", Form.URL)
_STANDARD = Section("standard", (Leaf("code", need=Need.ALWAYS),), need=Need.ALWAYS)
_STANDARD_KEY = (("standard", "code"),)


def _standards(name: str, singular: str, *more: Leaf) -> Collection:
    keys = tuple((leaf.name,) for leaf in more)
    return Collection(name=name, singular=singular, members=(_STANDARD, *more), key=_STANDARD_KEY + keys)


DOCUMENTS = Collection(
    name="additionalsDocuments",
    singular="additionalsDocument",
    members=(Leaf("originalUrl", Form.URL, Need.ALWAYS),),
    key=(("originalUrl",),),
)
BRANDS = Collection(
    name="brands",
    singular="brand",
    members=(Leaf("name", need=Need.ALWAYS), Leaf("website", Form.WEBSITE)),
    key=(("name",),),
)
CONTACTS = Collection(
    name="contacts",
    singular="contact",
    members=(
        Leaf("externalId", need=Need.ALWAYS),
        Leaf("type", allowed=("MANUFACTURER", "AUDITOR", "VENDOR")),
        Leaf("companyName"),
        Leaf("phone"),
        Leaf("email", Form.EMAIL),
        Leaf("name"),
        Leaf("website", Form.WEBSITE),
        Leaf("postalAddress"),
    ),
    key=(("externalId",),),
)
CHANNELS = Collection(
    name="channels",
    singular="channel",
    members=(Leaf("name", need=Need.ALWAYS, allowed=("ORIGIN",)),),
    key=(("name",),),
)
COMPLIANCES = Collection(
    name="regulatoryStandardCompliances",
    singular="regulatoryStandardCompliance",
    members=(Leaf("code", need=Need.ALWAYS),),
    key=(("code",),),
)
FEATURES = Collection(
    name="featuresCustoms",
    singular="featuresCustom",
    members=(Leaf("name", need=Need.ALWAYS), Leaf("value", need=Need.ON_ADD, translated=True)),
    key=(("name",),),
)
PROPERTIES = Collection(
    name="featuresProperties",
    singular="featuresProperty",
    members=(Leaf("code", need=Need.ALWAYS), Leaf("value", need=Need.ON_ADD)),
    key=(("code",),),
)
CONTENT_COMPLIANCES = _standards(
    "regulatoryStandardCompliances", "regulatoryStandardCompliance", Leaf("productTypeCode", need=Need.ALWAYS)
)
COMPOUNDS = Collection(
    name="exemptCompounds",
    singular="exemptCompound",
    members=(
        Leaf("CAS", need=Need.ALWAYS),
        Leaf("name", need=Need.ON_ADD),
        Leaf("percentByWeight", Form.DECIMAL, Need.ON_ADD),
    ),
    key=(("CAS",),),
)
CERTIFICATION = Section(
    "",
    (
        Leaf("certificateNumber"),
        _URL,
        DOCUMENTS,
        Section("reportingBody", (Leaf("name"), Leaf("selfReported", allowed=("TRUE",))), choice=True),
        Section("standard", (Leaf("code", need=Need.ALWAYS),)),
        Leaf("issueDate", Form.DATE),
        Leaf("expiryDate", Form.DATE),
        BRANDS,
        CONTACTS,
        CHANNELS,
        COMPLIANCES,
        FEATURES,
        PROPERTIES,
        Section(
            "voc",
            (
                Section(
                    "content",
                    (
                        Leaf("densityLimitGL", Form.DECIMAL),
                        Leaf("containsAddedMCPCE", Form.BOOLEAN),
                        CONTENT_COMPLIANCES,
                        _standards("regulatoryStandardCustoms", "regulatoryStandardCustom"),
                        _standards("testMethods", "testMethod"),
                        COMPOUNDS,
                    ),
                ),
                Section(
                    "emission",
                    (
                        Leaf("densityMin", Form.DECIMAL),
                        Leaf("densityMax", Form.DECIMAL),
                        _standards("regulatoryStandardCompliances", "regulatoryStandardCompliance"),
                    ),
                ),
            ),
        ),
    ),
)

STANDARD_CODE: Path = ("standard", "code")
BODY_NAME: Path = ("reportingBody", "name")
"""Fields whose values a lookup lists; switches have the values."""

CUT_FROM_CREATION = (
    *(collection.name for collection in (BRANDS, CONTACTS, CHANNELS, COMPLIANCES, FEATURES, PROPERTIES)),
    "voc",
)
"""Fields after the end of the known part of the CertificationsCreate page (section 3.1)."""

GL_SPELLINGS = (("voc", "emission", "densityMinGL"), ("voc", "emission", "densityMaxGL"))
"""The spelling of densityMin and densityMax in two samples (section 11, row 1)."""

TRANSLATED_PROPERTY = "ASSEMBLYLOCATION"
"""The only property whose value is translated (section 6)."""


def natural_key(collection: Collection, settings: Settings) -> tuple[Path, ...]:
    """Return the paths that identify an element, under the switches for undocumented behaviour."""
    # The documentation leaves both keys open (origin-api.md section 4.2).
    if collection is CONTENT_COMPLIANCES and settings.origin_compliance_key == "code":
        return _STANDARD_KEY
    if collection is PROPERTIES and settings.origin_properties == "multiple":
        return (("code",), ("value",))
    return collection.key


def element_key(collection: Collection, element: object, settings: Settings) -> tuple[object, ...]:
    """Return the parts of the key of an element as the platform compares them; None for a missing part."""
    parts = tuple(_compared(at(element, path), settings) for path in natural_key(collection, settings))
    if collection is DOCUMENTS and settings.origin_document_urls == "rehosted":
        return tuple(part if part is None else copy_of(str(part)) for part in parts)
    return parts


def copy_of(url: str) -> str:
    """Return the URL of the copy that the platform makes of a document; the copy of a copy is the copy itself."""
    if url.startswith(_COPIES):
        return url
    name = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{_COPIES}{sha256(url.encode()).hexdigest()[:16]}/{name}"


def _compared(value: object, settings: Settings) -> object:
    if not isinstance(value, str):
        return value
    match settings.origin_key_comparison:
        case "exact":
            return value
        case "case":
            return value.casefold()
        # The same character can be one code point or two; NFC makes them equal.
        case "unicode":
            return normalize("NFC", value)


def at(body: object, path: Path) -> object:
    """Return the value at a path below a JSON object, or None."""
    for name in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(name)
    return body


def listed(value: Any) -> list[Any]:
    """Return the elements of a list that may be a bare element or missing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def is_translated(collection: Collection, leaf: Leaf, element: Mapping[str, object]) -> bool:
    """Return whether this field of this element has a text for each locale."""
    return leaf.translated or (
        collection is PROPERTIES and leaf.name == "value" and element.get("code") == TRANSLATED_PROPERTY
    )


# The platform documents no patterns: these refuse only what is certainly wrong.
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
# ASCII, as ``\d`` also matches the digits of other scripts.
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_URL_PATTERN = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_WEBSITE = re.compile(r"\S[^\s.]*\.\S+")  # the sample of the documentation has no scheme: section 11, row 15


def fits(form: Form, text: str) -> bool:
    """Return whether the text has the form; only what is certainly wrong is refused (section 4.3)."""
    match form:
        case Form.DATE:
            return _is_date(text)
        case Form.DECIMAL:
            return _DECIMAL.fullmatch(text) is not None
        case Form.BOOLEAN:
            return text.lower() in ("true", "false")
        case Form.URL:
            return _URL_PATTERN.fullmatch(text) is not None
        case Form.WEBSITE:
            return _WEBSITE.fullmatch(text) is not None
        case Form.EMAIL:
            return _ADDRESS.fullmatch(text) is not None
        case Form.TEXT:
            return True


def normalised(form: Form, text: str, settings: Settings) -> str:
    """Return the text as the platform stores it: as sent, unless a switch normalises it."""
    kept = text.strip() if settings.origin_trim else text
    if form is Form.DATE and settings.origin_date_zone:
        return _with_zone(kept)
    return kept


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _with_zone(text: str) -> str:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is not None:
        return text
    return f"{moment.isoformat()}Z"
