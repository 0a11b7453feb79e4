"""The effects of faults, and how they are read from JSON. The docstring of faults.py lists them all."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trueup.errors import InvalidInput
from trueup.sandbox.seed import Seed, check_seed


class WrongEffect(ValueError):
    """An invalid rule of a fault file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A connection that is closed without an answer, after the work was done if ``performed``."""

    performed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """A connection that fails before anything is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Html:
    """The HTML page of a proxy whose backend fails."""

    status: Literal[502, 503, 504]
    performed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralError:
    """The answer 500 in the form of the platform."""

    performed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A refusal in the form of the platform."""

    status: Literal[400, 404, 409]
    performed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """503 or 429, with the work not done.

    ``retry_after`` is in seconds; ``form`` is how the header Retry-After gives it, ``none`` for no header. With
    ``page`` the body is the HTML page of a gateway instead of one of the platform.
    """

    status: Literal[429, 503]
    page: bool
    form: Literal["seconds", "date", "none"]
    retry_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """An answer that comes ``seconds`` after the work was done."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change, deletion or redeployment of one resource.

    ``kind`` is connector, deployment or certification; it and ``name`` are None for the resource that the request is
    about. ``changes`` maps dotted paths to new values, None to unset. ``redeploy`` is the payload of that action, and
    ``rollback`` the number of a revision. The resource is deleted when all three are None.
    """

    kind: str | None
    name: str | None
    changes: Mapping[str, Any] | None
    redeploy: Mapping[str, Any] | None = None
    rollback: int | None = None

    @property
    def is_run(self) -> bool:
        """Return whether this starts a run, which only a deployment has."""
        return self.redeploy is not None or self.rollback is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEdit:
    """A change by another client, before the request."""

    edit: Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignCreate:
    """Resources that another client creates before the request."""

    seed: Seed


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireTokens:
    """The expiry of every token, before the request."""


Effect = Drop | Refuse | Html | GeneralError | Reject | Overload | Slow | ForeignEdit | ForeignCreate | ExpireTokens


_EDITED = ("connector", "deployment", "certification")


def edit_from_json(content: object) -> Edit:
    """Return an edit from its JSON, whose form foreign_edits.py describes; raises WrongEffect."""
    if not isinstance(content, Mapping) or content.keys() - {*_EDITED, *_FORMS}:
        raise WrongEffect("edit: Expected a mapping with connector, deployment or certification, and with one change.")
    names = {kind: content[kind] for kind in _EDITED if kind in content}
    if len(names) > 1 or not all(isinstance(name, str) for name in names.values()):
        raise WrongEffect("edit: Expected the name of one connector, deployment or certification.")
    kind, name = next(iter(names.items()), (None, None))
    # delete: false is the same as no delete, so that a test can set it by a condition.
    forms = [form for form in _FORMS if content.get(form, False) is not False]
    if len(forms) != 1 or not all(_FORMS[form](content[form]) for form in forms):
        expected = "either set, a mapping, or delete: true, or redeploy, a mapping, or rollback, a number"
        raise WrongEffect(f"edit: Expected {expected}.")
    edit = Edit(
        kind=kind,
        name=name,
        changes=content.get("set"),
        redeploy=content.get("redeploy"),
        rollback=content.get("rollback"),
    )
    if edit.is_run and kind not in (None, "deployment"):
        raise WrongEffect(f"{forms[0]}: Only a deployment can be redeployed.")
    return edit


_FORMS: Mapping[str, Callable[[object], bool]] = {
    "set": lambda value: isinstance(value, Mapping),
    "delete": lambda value: value is True,
    "redeploy": lambda value: isinstance(value, Mapping),
    "rollback": lambda value: isinstance(value, int) and not isinstance(value, bool),
}


class _Members:
    """The members of a rule, taken one by one; those that remain are unknown."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self._remaining = dict(entry)

    def truth(self, name: str) -> bool:
        value = self._remaining.pop(name, False)
        if not isinstance(value, bool):
            raise WrongEffect(f"{name}: Expected true or false, not {value!r}.")
        return value

    def seconds(self, name: str, default: float | None = None) -> float:
        value = self._remaining.pop(name, default)
        # The range also excludes NaN, which is not equal to, above or below any number.
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise WrongEffect(f"{name}: Expected a number of seconds, not {value!r}.")
        return value

    def has(self, name: str) -> bool:
        return name in self._remaining

    def choice(self, name: str, choices: tuple[Any, ...]) -> Any:
        value = self._remaining.pop(name, choices[0])
        if value not in choices:
            raise WrongEffect(f"{name}: Expected one of {', '.join(map(str, choices))}, not {value!r}.")
        return value

    def take(self, name: str) -> Any:
        return self._remaining.pop(name, None)

    def check_empty(self) -> None:
        if self._remaining:
            raise WrongEffect(f"Unknown member {next(iter(self._remaining))!r}.")


def _overload(status: Literal[429, 503]) -> Callable[[_Members], Effect]:
    def read(members: _Members) -> Effect:
        form = members.choice("retryAfterForm", ("none", "seconds", "date"))
        if form == "none" and members.has("retryAfter"):
            raise WrongEffect("retryAfter: Has no effect without retryAfterForm: seconds or date.")
        seconds = members.seconds("retryAfter", 0)
        return Overload(status=status, form=form, retry_after=seconds, page=members.truth("page"))

    return read


def _slow(members: _Members) -> Effect:
    seconds = members.seconds("seconds")
    if not seconds:
        raise WrongEffect("seconds: 0 has no effect.")
    return Slow(seconds=seconds)


def _foreign_create(members: _Members) -> Effect:
    try:
        seed = check_seed(members.take("create"), "create")
        if not any(seed.values()):
            raise WrongEffect("create: Contains no resource.")
        return ForeignCreate(seed=seed)
    except InvalidInput as wrong:
        raise WrongEffect("; ".join(diagnostic.message for diagnostic in wrong.diagnostics)) from None


_EFFECTS: Mapping[str, Callable[[_Members], Effect]] = {
    "drop": lambda members: Drop(performed=members.truth("performed")),
    "refuse": lambda _: Refuse(),
    "general-error": lambda members: GeneralError(performed=members.truth("performed")),
    "html": lambda members: Html(
        status=members.choice("status", (502, 503, 504)), performed=members.truth("performed")
    ),
    "reject": lambda members: Reject(
        status=members.choice("status", (400, 404, 409)), performed=members.truth("performed")
    ),
    "unavailable": _overload(503),
    "too-many-requests": _overload(429),
    "slow": _slow,
    "foreign-edit": lambda members: ForeignEdit(edit=edit_from_json(members.take("edit"))),
    "foreign-create": _foreign_create,
    "expire-tokens": lambda _: ExpireTokens(),
}


def effect_from_json(kind: object, entry: Mapping[str, Any]) -> Effect:
    """Return the effect called ``kind``; ``entry`` holds the members of that effect alone. Raises WrongEffect."""
    read = _EFFECTS.get(str(kind))
    if read is None:
        raise WrongEffect(f"effect: Expected one of {', '.join(_EFFECTS)}, not {kind!r}.")
    members = _Members(entry)
    effect = read(members)
    # A misspelt member would otherwise be ignored, and a test of this fault would test something else.
    members.check_empty()
    return effect
