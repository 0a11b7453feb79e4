"""The hints of violations: what to write instead, as far as the schema accepts it."""

import re
from collections.abc import Sequence

from trueup.manifest.explainer import obeys
from trueup.manifest.intended import TRUTHS, intended
from trueup.manifest.suggestions import MOVED_FIELDS, near_name
from trueup.manifest.violation import Violation
from trueup.manifest.written import write_hint, written
from trueup.model.lookalikes import plain_form, repaired


def value_hint(violation: Violation) -> str:
    """Return how to write the value that is probably meant; empty if none is known."""
    value, meant = violation.value, violation.intended
    if meant is None:
        return _several_hint(violation)
    if isinstance(meant, bool) and isinstance(value, str) and value.lower() in TRUTHS:
        return f"Write {written(meant)}: yes, no, on and off are texts in YAML 1.2."
    if isinstance(meant, str) and meant == written(value):
        return "Put quotes around it."
    if isinstance(value, str) and written(meant) == value:
        return "Leave the quotes out."
    if meant == [value]:
        return "Write it as a list of one: put a hyphen before it, or brackets around it."
    # A boolean says nothing about the text that it replaces.
    return write_hint(violation.path, meant) if violation.quotable or isinstance(meant, bool) else ""


def _several_hint(violation: Violation) -> str:
    """Return how to write a list as the field for several values, if it was given to the field for one (``target``)."""
    name = f"{violation.path[-1]}s" if violation.path else ""
    fits = name in violation.siblings and obeys(violation.kind, violation.siblings[name], violation.value)
    return write_hint((name,), violation.value) if fits else ""


def name_hint(violation: Violation, name: str, free: Sequence[str]) -> str:
    """Return the field that is probably meant, with the value where that must change too."""
    near, kind = near_name(name, free), violation.kind
    if not near:
        return MOVED_FIELDS.get(name, "") if violation.quotable else ""
    value, part = violation.value[name], violation.members[near]
    fits = obeys(kind, part, value) or not violation.quotable
    meant = None if fits else intended(kind, value, part)
    return f"Did you mean {near!r}? {'' if meant is None else write_hint((near,), meant)}".rstrip()


def choice_hint(violation: Violation) -> str:
    """Return the allowed value that is probably meant; empty if none is known."""
    meant = violation.intended
    return f"Did you mean {meant!r}?" if isinstance(meant, str) else value_hint(violation)


def spelling_hint(violation: Violation) -> str:
    """Return a hint with the text without spaces at its ends and without look-alike characters, if that is valid."""
    if not isinstance(violation.value, str):
        return ""
    fixed = plain_form(repaired(violation.value))
    fits = violation.keyword != "pattern" or re.search(violation.limit, fixed)
    return f"Did you mean {fixed!r}?" if fixed and fits and fixed != violation.value else ""
