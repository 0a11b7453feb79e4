"""Turn violations of a schema into diagnostics for the author of the document."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trueup.errors import Diagnostic
from trueup.kinds.registry import KINDS
from trueup.manifest.hints import choice_hint, name_hint, spelling_hint, value_hint
from trueup.manifest.positions import dotted
from trueup.manifest.suggestions import MOVED_FIELDS, intended_date, intended_number
from trueup.manifest.violation import Violation, shown
from trueup.model.lookalikes import note
from trueup.model.position import Positions


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
            quotable=not violation.secret,
        )


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
        # A mapping without members would be null itself.
        hint="Leave the field out to not manage it." if managed and violation.optional and not violation.alone else "",
    )


def _bad_name(violation: Violation) -> Iterable[Words]:
    if violation.keyword in _LIMITS:
        yield Words(
            code="out-of-range",
            message=f"{repr(shown(violation.value)) if violation.value else 'A name'} {_limit(violation)}.",
            member=violation.value,
            allowed=f"A name{violation.example}.",
        )
        return
    yield Words(
        code="bad-format",
        message=f"{shown(violation.value)!r}{_note(violation)} is not a valid name.",
        member=violation.value,
        allowed=f"{form_of(violation.limit)}{violation.example}.",
        hint=spelling_hint(violation),
    )


_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


_MOVE: Final = "Put the secret into an environment variable, and revoke this one if it was committed."


def _wrong_type(violation: Violation) -> Iterable[Words]:
    types = [violation.limit] if isinstance(violation.limit, str) else violation.limit
    wanted = " or ".join(_TYPES[name] for name in types)
    yield Words(
        code="wrong-type",
        message=f"{violation.name} must be {wanted}, not {_type_of(violation)}.",
        allowed=f"{wanted.capitalize()}{violation.example}.",
        hint=_MOVE if violation.secret and isinstance(violation.value, str) else value_hint(violation),
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


_SECRETS: Final[Mapping[str, str]] = {
    "clientId": "Put the ID into an environment variable, and name the variable in clientIdEnv.",
    "clientSecret": "Put the secret into an environment variable, and name the variable in clientSecretEnv.",
    "accessToken": "Put the token into an environment variable, and name the variable in accessTokenEnv.",
}
_SECRETIVE: Final = re.compile("secret|token|password|credential|api_?key", re.IGNORECASE)


def _unknown_fields(violation: Violation) -> Iterable[Words]:
    # A field that is present cannot be the one that was meant.
    members = violation.members
    free = [known for known in members if known not in violation.value]
    unknown = (name for name in violation.value if name not in members)
    for number, name in enumerate(unknown):
        yield _unknown_field(violation, name, free if number < violation.room else ())


def _unknown_field(violation: Violation, name: str, free: Sequence[str]) -> Words:
    if violation.kind == "Project" and (name in _SECRETS or _SECRETIVE.search(name)):
        hint = _SECRETS.get(name, "Put it into an environment variable, and name that in a field that ends in Env.")
        return Words(
            code="secret-in-file", message=f"{name} must not be stored in a file in git.", hint=hint, member=name
        )
    if violation.path[-1:] == ("spec",) and violation.kind in KINDS and name in KINDS[violation.kind].read_only:
        hint = MOVED_FIELDS.get(name, "Leave it out.")
        return Words(code="read-only-field", message=f"The platform sets {name} itself.", hint=hint, member=name)
    return Words(
        code="unknown-field",
        message=f"There is no field {shown(name)!r}{note(name)} in {dotted(violation.path) or 'the document'}.",
        allowed=f"One of {', '.join(violation.members)}.",
        hint=name_hint(violation, name, free),
        member=name,
    )


_MISSING: Final[Mapping[str, str]] = {"reason": "Say in a text why the resource is to be deleted."}
"""Hints for a missing field, by its name."""


def _missing_fields(violation: Violation) -> Iterable[Words]:
    parent = dotted(violation.path) or "The document"
    for name in violation.limit:
        if name not in violation.value:
            hint = _MISSING.get(name, "")
            yield Words(code="missing-field", message=f"{parent} lacks {name}.", hint=hint, member=name)


def _wrong_value(violation: Violation) -> Iterable[Words]:
    values = violation.limit if violation.keyword == "enum" else [violation.limit]
    # Values that differ only in case, such as true and TRUE, are listed once.
    allowed = list({shown(value).lower(): shown(value) for value in reversed(values)}.values())[::-1]
    yield Words(
        code="wrong-value",
        # Where a fixed word is wanted, the text is hardly a secret.
        message=f"{_quoted(violation)} is not a valid {_noun(violation)}.",
        allowed=f"One of {', '.join(allowed)}." if len(allowed) > 1 else f"Only {allowed[0]}.",
        hint=choice_hint(violation),
    )


def _note(violation: Violation) -> str:
    """Return the names of the characters in a text that its pattern forbids, or that look like others."""
    if not isinstance(violation.value, str):
        return ""
    # A pattern that lists the allowed characters lists only ASCII. One with [^...] allows everything else.
    lists = isinstance(violation.limit, str) and "[^" not in violation.limit
    return note(violation.value, ascii_only=violation.keyword == "pattern" and lists)


_FORMS: Final[Mapping[str, str]] = {
    "^[A-Za-z0-9_-]+$": "Letters, digits, underscores and hyphens",
    "^[A-Za-z0-9-]+$": "Letters, digits and hyphens",
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
        hint=spelling_hint(violation) if violation.quotable and not intended else "",
    )


def _subject(violation: Violation) -> str:
    """Return the value as the subject of a sentence, or "This" where it must not be shown."""
    return _quoted(violation) if violation.quotable else "This"


def _quoted(violation: Violation) -> str:
    value = shown(violation.value)
    return f"{repr(value) if isinstance(violation.value, str) else value}{_note(violation)}"


_NOUNS: Final[Mapping[str, str]] = {
    "supportedRegions": "region",
    "region": "region",
    "privateProjects": "project",
    "integrationTypes": "integration type",
    "email": "email address",
    "manifests": "kind for a spreadsheet",
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
    yield Words(
        code="out-of-range",
        message=f"{violation.name} {_limit(violation)}.",
        allowed=f"A value{violation.example}." if violation.example else "",
    )


def _limit(violation: Violation) -> str:
    empty = violation.value in ("", [])
    return (
        "must not be empty"
        if empty and violation.limit == 1
        else _LIMITS[violation.keyword].format(limit=violation.limit)
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


def _not_both(violation: Violation) -> Iterable[Words]:
    if not isinstance(violation.value, dict):
        return  # "type" reports this
    names = violation.limit["required"]
    yield Words(
        code="not-both",
        message=f"{dotted(violation.path)} has both {' and '.join(names)}.",
        allowed=f"One of {', '.join(names)}.",
        member=names[-1],
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
    "not": _not_both,
}
"""Keyword of JSON Schema to the wording of its violations."""
