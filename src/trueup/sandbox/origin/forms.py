"""Judge and normalise the text of a field."""

import re
from datetime import datetime

from trueup.sandbox.origin.shape import Form
from trueup.sandbox.settings import Settings

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_WEBSITE = re.compile(r"\S[^\s.]*\.\S+")  # the page's own sample has no scheme: section 11, row 15


def fits(form: Form, text: str) -> bool:
    """Tell whether the text has the form; only what is wrong beyond doubt is refused (section 4.3)."""
    match form:
        case Form.DATE:
            return _is_date(text)
        case Form.DECIMAL:
            return _DECIMAL.fullmatch(text) is not None
        case Form.BOOLEAN:
            return text.lower() in ("true", "false")
        case Form.URL:
            return _URL.fullmatch(text) is not None
        case Form.WEBSITE:
            return _WEBSITE.fullmatch(text) is not None
        case Form.EMAIL:
            return _ADDRESS.fullmatch(text) is not None
        case Form.TEXT:
            return True


def normalised(form: Form, text: str, settings: Settings) -> str:
    """Return the text as the platform keeps it: as sent, unless switches say otherwise."""
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
