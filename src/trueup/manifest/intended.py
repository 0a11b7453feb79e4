"""Find the value that an invalid one probably means. Only a value that the schema accepts is offered."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from trueup.manifest.explainer import SubSchema, obeys, resolved
from trueup.manifest.suggestions import intended_date, intended_number, near_name
from trueup.manifest.written import written
from trueup.model.lookalikes import plain_form, repaired

TRUTHS: Final = {"yes": True, "on": True, "y": True, "no": False, "off": False, "n": False}
"""Words that are booleans in YAML 1.1 and texts in YAML 1.2."""
_SCALARS: Final = (str, bool, int, Decimal)


def intended(kind: str, value: object, part: SubSchema) -> object | None:
    """Return the value that is probably meant, which obeys ``part`` of the kind's schema; None if none is known."""
    candidates = _candidates(kind, value, resolved(kind, part))
    # Some fields can be empty, which is not what a value means.
    return next((each for each in candidates if each not in (None, "") and obeys(kind, part, each)), None)


def example_of(kind: str, part: SubSchema) -> object | None:
    """Return an example of a value: the schema's own or, for a mapping, one made of its required members."""
    part = resolved(kind, part)
    fields = part.get("properties", {})
    wanted = part.get("required", ()) or fields
    made = {name: example_of(kind, fields[name]) for name in wanted if name in fields}
    return next(iter(part.get("examples", ())), None) or {name: each for name, each in made.items() if each is not None}


def _candidates(kind: str, value: Any, part: SubSchema) -> Iterator[object]:
    types = _types(part)
    choices = part.get("enum", [part["const"]] if "const" in part else [])
    text = written(value) if isinstance(value, bool | int | Decimal) else value
    if isinstance(text, str):
        yield from _texts(text, types, choices)
    if "array" in types and not isinstance(value, list):
        yield from ([item] for item in _fitting(kind, value, part.get("items", {})))
        yield list(value) if isinstance(value, dict) else None
    if "object" in types and isinstance(value, _SCALARS):
        name = _main_field(part)
        # The field is often an identifier, in which spaces at the ends and hidden characters are refused.
        value = repaired(value) if isinstance(value, str) and "\n" not in value else value
        yield from ({name: inner} for inner in _fitting(kind, value, part.get("properties", {}).get(name, {})) if name)
    if "object" in types and isinstance(value, list) and len(value) == 1:
        yield value[0]


def _texts(text: str, types: Sequence[str], choices: Sequence[object]) -> Iterator[object]:
    """Yield what a scalar of this text may mean."""
    if "string" in types:
        yield text
        yield intended_date(text)
        yield plain_form(repaired(text))
    if number := intended_number(text):
        yield number if "string" in types else Decimal(number) if "." in number else int(number)
    word = text.lower()
    yield {"true": True, "false": False, **TRUTHS}.get(word)
    yield near_name(text, [choice for choice in choices if isinstance(choice, str)])


def _fitting(kind: str, value: object, part: SubSchema) -> Iterator[object]:
    """Yield a value that obeys a part of the schema, or what it probably means there."""
    if obeys(kind, part, value):
        yield value
    elif (other := intended(kind, value, part)) is not None:
        yield other


def _main_field(part: SubSchema) -> str:
    """Return the field of a mapping that alone makes it complete, empty if there is none."""
    alternatives = [each["required"] for each in part.get("oneOf", ()) if "required" in each]
    needed = next(iter(alternatives), part.get("required", ()))
    return needed[0] if len(needed) == 1 else ""


def _types(part: SubSchema) -> Sequence[str]:
    types = part.get("type", ())
    return [types] if isinstance(types, str) else types
