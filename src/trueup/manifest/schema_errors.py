"""Turn violations of a schema into diagnostics for the author of the document."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from trueup.errors import Diagnostic
from trueup.kinds.registry import KINDS
from trueup.manifest.limits import PROBLEMS_AT_MOST
from trueup.manifest.positions import dotted
from trueup.manifest.suggestions import MOVED_FIELDS, did_you_mean, intended_date, intended_number
from trueup.model.lookalikes import note, plain_form, repaired
from trueup.model.position import Positions, Step
from trueup.model.url_secrets import hide_secrets

_SHOWN_AT_MOST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation of a schema.

    ``path`` and ``value`` are those of the node. ``keyword`` and ``limit`` are the violated keyword of the schema and
    its value. ``members`` are the names of an object's known fields, ``examples`` are the schema's examples for the
    node. ``of_name``: ``value`` is the name of a member. ``room`` is how many more problems will be listed; without
    room no similar name is searched, because one search takes as long as wording a hundred problems.
    """

    kind: str
    path: tuple[Step, ...]
    value: Any
    keyword: str
    limit: Any
    members: tuple[str, ...]
    examples: tuple[Any, ...]
    of_name: bool
    room: int = PROBLEMS_AT_MOST

    @property
    def quotable(self) -> bool:
        """Return whether the value may be shown. A text in the project file may be a secret in the wrong place."""
        return self.kind != "Project"

    @property
    def name(self) -> str:
        """Return the node's name in a sentence: that of the innermost field, with the index of an item."""
        last = next((i for i in range(len(self.path), 0, -1) if isinstance(self.path[i - 1], str)), 0)
        return dotted(self.path[last - 1 :]) if last else "The document"

    @property
    def example(self) -> str:
        """Return ", for example x", or an empty text without a plain example."""
        plain = [shown(example) for example in self.examples if not isinstance(example, list | dict)]
        return f", for example {plain[0].removesuffix('.')}" if plain else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of a diagnostic; ``member`` is the field below the node that it is about, if any."""

    code: str
    message: str
    allowed: str = ""
    hint: str = ""
    member: str | None = None


def diagnostics_of(violation: Violation, positions: Positions) -> Iterator[Diagnostic]:
    """Yield the diagnostics of one violation."""
    for words in _words(violation):
        path = violation.path if words.member is None else (*violation.path, words.member)
        yield Diagnostic(
            code=words.code,
            message=words.message,
            position=positions.at(path),
            path=dotted(path),
            allowed=words.allowed,
            hint=words.hint,
        )


def shown(value: object) -> str:
    """Return a value as YAML writes it, shortened, or only "a list" or "a mapping"."""
    if isinstance(value, str):
        # Secrets are hidden before the text is shortened: a part of a secret would not be recognised.
        value = hide_secrets(value)
    match value:
        case bool():
            return str(value).lower()
        case str() if len(value) > _SHOWN_AT_MOST:
            return f'"{value[:_SHOWN_AT_MOST]}..."'
        case str():
            return value or '""'
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _words(violation: Violation) -> Iterable[Words]:
    if violation.value is None:
        return _null(violation)
    if violation.of_name:
        return _bad_name(violation)
    return _BY_KEYWORD.get(violation.keyword, _other)(violation)


def _null(violation: Violation) -> Iterable[Words]:
    managed = violation.kind != "Project" and violation.path[:1] == ("spec",) and len(violation.path) > 1
    yield Words(
        code="null-value",
        message=f"{violation.name} has no value (null)"
        + (", and the platforms cannot clear a value." if managed else "."),
        allowed=f"A value{violation.example}." if violation.example else "",
        hint="Leave the field out to not manage it." if managed else "",
    )


def _bad_name(violation: Violation) -> Iterable[Words]:
    yield Words(
        code="bad-format",
        message=f"{shown(violation.value)!r}{_note(violation)} is not a valid name.",
        member=violation.value,
        allowed=f"{form_of(violation.limit)}{violation.example}.",
        hint=_spelling_hint(violation),
    )


_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _wrong_type(violation: Violation) -> Iterable[Words]:
    types = [violation.limit] if isinstance(violation.limit, str) else violation.limit
    wanted = " or ".join(_TYPES[name] for name in types)
    yield Words(
        code="wrong-type",
        message=f"{violation.name} must be {wanted}, not {_type_of(violation)}.",
        allowed=f"{wanted.capitalize()}{violation.example}.",
        hint=_type_hint(types, violation.value),
    )


def _type_of(violation: Violation) -> str:
    match violation.value:
        case bool():
            return f"the boolean {shown(violation.value)}"
        case int() | Decimal():
            return f"the number {shown(violation.value)}" if violation.quotable else "a number"
        case str():
            return "text"
        case _:
            return shown(violation.value)


def _type_hint(types: Sequence[str], value: object) -> str:
    if "string" in types and isinstance(value, bool | int | Decimal):
        return "Put quotes around it."
    if types == ["array"] and isinstance(value, str | dict):
        return "Write it as a list of one: put a hyphen before it, or brackets around it."
    if isinstance(value, str) and ((types == ["integer"] and value.isdigit()) or (types == ["boolean"])):
        return _boolean_hint(value) if types == ["boolean"] else "Leave the quotes out."
    return ""


def _boolean_hint(value: str) -> str:
    if value.lower() in {"yes", "no", "on", "off", "y", "n"}:
        return "Write true or false: yes, no, on and off are texts in YAML 1.2."
    return "Leave the quotes out." if value.lower() in {"true", "false"} else ""


_SECRETS: Final[Mapping[str, str]] = {
    "clientId": "Put the ID into an environment variable, and name the variable in clientIdEnv.",
    "clientSecret": "Put the secret into an environment variable, and name the variable in clientSecretEnv.",
    "accessToken": "Put the token into an environment variable, and name the variable in accessTokenEnv.",
}
_SECRETIVE: Final = re.compile("secret|token|password|credential|api_?key", re.IGNORECASE)


def _unknown_fields(violation: Violation) -> Iterable[Words]:
    # A field that is present cannot be the one that was meant.
    free = [known for known in violation.members if known not in violation.value]
    unknown = (name for name in violation.value if name not in violation.members)
    for number, name in enumerate(unknown):
        yield _unknown_field(violation, name, free if number < violation.room else ())


def _unknown_field(violation: Violation, name: str, free: Sequence[str]) -> Words:
    if violation.kind == "Project" and (name in _SECRETS or _SECRETIVE.search(name)):
        hint = _SECRETS.get(name, "Put it into an environment variable, and name that in a field that ends in Env.")
        return Words(
            code="secret-in-file", message=f"{name} must not be stored in a file in git.", hint=hint, member=name
        )
    if violation.path == ("spec",) and violation.kind in KINDS and name in KINDS[violation.kind].read_only:
        hint = MOVED_FIELDS.get(name, "Leave it out.")
        return Words(code="read-only-field", message=f"The platform sets {name} itself.", hint=hint, member=name)
    return Words(
        code="unknown-field",
        message=f"There is no field {shown(name)!r}{note(name)} in {dotted(violation.path) or 'the document'}.",
        allowed=f"One of {', '.join(violation.members)}.",
        hint=did_you_mean(name, free) or (MOVED_FIELDS.get(name, "") if violation.kind != "Project" else ""),
        member=name,
    )


def _missing_fields(violation: Violation) -> Iterable[Words]:
    parent = dotted(violation.path) or "The document"
    for name in violation.limit:
        if name not in violation.value:
            yield Words(code="missing-field", message=f"{parent} lacks {name}.", member=name)


def _wrong_value(violation: Violation) -> Iterable[Words]:
    values = violation.limit if violation.keyword == "enum" else [violation.limit]
    # Values that differ only in case, such as true and TRUE, are listed once.
    allowed = list({shown(value).lower(): shown(value) for value in reversed(values)}.values())[::-1]
    yield Words(
        code="wrong-value",
        message=f"{_subject(violation)} is not a valid {_noun(violation)}.",
        allowed=f"One of {', '.join(allowed)}." if len(allowed) > 1 else f"Only {allowed[0]}.",
        hint=_value_hint(violation, values, allowed) if isinstance(violation.value, str) else "",
    )


def _value_hint(violation: Violation, values: Sequence[Any], allowed: Sequence[str]) -> str:
    near = did_you_mean(violation.value, allowed) if violation.room > 0 else ""
    return near or (_boolean_hint(violation.value) if True in values else "")


def _note(violation: Violation) -> str:
    """Return the names of the characters in a text that its pattern forbids, or that look like others."""
    if not isinstance(violation.value, str):
        return ""
    # A pattern that lists the allowed characters lists only ASCII. One with [^...] allows everything else.
    lists = isinstance(violation.limit, str) and "[^" not in violation.limit
    return note(violation.value, ascii_only=violation.keyword == "pattern" and lists)


def _spelling_hint(violation: Violation) -> str:
    """Return a hint with the text without spaces at its ends and without look-alike characters, if that is valid."""
    if not isinstance(violation.value, str):
        return ""
    fixed = plain_form(repaired(violation.value))
    fits = violation.keyword != "pattern" or re.search(violation.limit, fixed)
    return f"Did you mean {fixed!r}?" if fixed and fits and fixed != violation.value else ""


_FORMS: Final[Mapping[str, str]] = {
    "^[A-Za-z0-9_-]+$": "Letters, digits, underscores and hyphens",
    "^[A-Za-z0-9_-]{2,36}$": "2 to 36 letters, digits, underscores and hyphens",
    "^[A-Za-z0-9_.-]+:[A-Za-z0-9_-]{2,36}$": "region:projectKey",
    "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$": "Up to 63 letters, digits, points, underscores and hyphens",
    "^[A-Za-z_][A-Za-z0-9_]*$": "The name of an environment variable: letters, digits and underscores",
    "^[^ \\t\\r\\n]*$": "Text without spaces",
    "^[^= \\t\\r\\n]+$": "A name without spaces and equals signs",
}
"""Pattern of a schema to a description of what it allows."""

_A_DATE: Final = "A date as YYYY-MM-DD, or with a time as YYYY-MM-DDThh:mm:ss"
_A_NUMBER: Final = "A number such as 12 or 12.50"

_FORM_STARTS: Final[Mapping[str, str]] = {
    "^(|[0-9]{4}-": _A_DATE,
    "^(|(0|[1-9][0-9]*)([.][0-9]+)?|-": _A_NUMBER,
    "^((0|[1-9][0-9]*)([.][0-9]+)?|-": _A_NUMBER,
    "^[Hh][Tt][Tt][Pp][Ss]?://": "An https URL without user name, query and fragment",
}
"""The same for long patterns, by their beginning."""


def form_of(pattern: str) -> str:
    """Return a description of what a schema's pattern allows."""
    long = (words for start, words in _FORM_STARTS.items() if pattern.startswith(start))
    return _FORMS.get(pattern) or next(long, f"Text that matches {pattern}")


def _bad_format(violation: Violation) -> Iterable[Words]:
    form = form_of(violation.limit)
    parse = _INTENDED.get(form)
    intended = parse(violation.value) if parse else ""
    yield Words(
        code="bad-format",
        message=f"{_subject(violation)} is not a valid {_noun(violation)}{f' (write {intended})' if intended else ''}.",
        allowed=f"{form}{violation.example}.",
        hint=_spelling_hint(violation) if violation.quotable and not intended else "",
    )


def _subject(violation: Violation) -> str:
    """Return the value as the subject of a sentence, or "This" where it must not be shown."""
    value = shown(violation.value)
    return (
        f"{repr(value) if isinstance(violation.value, str) else value}{_note(violation)}"
        if violation.quotable
        else "This"
    )


_NOUNS: Final[Mapping[str, str]] = {
    "supportedRegions": "region",
    "region": "region",
    "privateProjects": "project",
    "integrationTypes": "integration type",
    "email": "email address",
    "website": "URL",
    "url": "URL",
    **{name: name for name in ("apiVersion", "kind", "key", "locale", "platform", "state", "tag", "type")},
}
"""Names of fields to what their values are called. Others are called by the end of the name, or just a value."""


def _noun(violation: Violation) -> str:
    """Return what the values of a field are called."""
    form = form_of(violation.limit) if violation.keyword == "pattern" else ""
    if form in _INTENDED:
        return "date" if form is _A_DATE else "number"
    name = next((step for step in reversed(violation.path) if isinstance(step, str)), "")
    last = {"Url": "URL", "Env": "name of an environment variable", "Key": "key"}.get(name[-3:], "value")
    return _NOUNS.get(name, last)


_INTENDED: Final[Mapping[str, Callable[[str], str]]] = {_A_NUMBER: intended_number, _A_DATE: intended_date}
"""Form of a text to what finds the value that an invalid one probably means."""


def _out_of_range(violation: Violation) -> Iterable[Words]:
    template = _LIMITS[violation.keyword]
    empty = violation.value in ("", [])
    message = "must not be empty" if empty and violation.limit == 1 else template.format(limit=violation.limit)
    yield Words(
        code="out-of-range",
        message=f"{violation.name} {message}.",
        allowed=f"A value{violation.example}." if violation.example else "",
    )


_LIMITS: Final[Mapping[str, str]] = {
    "minimum": "must be {limit} or more",
    "maximum": "must be {limit} or less",
    "minLength": "must have {limit} characters or more",
    "maxLength": "must have {limit} characters or fewer",
    "minItems": "must have {limit} items or more",
    "maxItems": "must have {limit} items or fewer",
    "maxProperties": "must have {limit} members or fewer",
}


def _exactly_one(violation: Violation) -> Iterable[Words]:
    if not isinstance(violation.value, dict):
        return  # "type" reports this
    names = [alternative["required"][0] for alternative in violation.limit]
    given = [name for name in names if name in violation.value]
    parent = dotted(violation.path)
    yield Words(
        code="exactly-one",
        message=f"{parent} has both {' and '.join(names)}."
        if given
        else f"{parent} has neither {' nor '.join(names)}.",
        allowed=f"Exactly one of {' and '.join(names)}.",
        member=given[-1] if given else None,
    )


def _other(violation: Violation) -> Iterable[Words]:
    yield Words(
        code="schema",
        message=f"{violation.name} violates the rule {violation.keyword} of the schema.",
        allowed=f"See trueup schema {violation.kind.lower()}.",
    )


_BY_KEYWORD: Final[Mapping[str, Callable[[Violation], Iterable[Words]]]] = {
    "type": _wrong_type,
    "additionalProperties": _unknown_fields,
    "required": _missing_fields,
    "enum": _wrong_value,
    "const": _wrong_value,
    "pattern": _bad_format,
    **dict.fromkeys(_LIMITS, _out_of_range),
    "oneOf": _exactly_one,
}
"""Keyword of JSON Schema to the wording of its violations."""
