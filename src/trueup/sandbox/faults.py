"""Rules that make requests fail, and the file that they are read from.

A fault file is YAML or JSON::

    seed: 7                        # of the random numbers for probability; default 0
    faults:
      - effect: drop               # see the table
        performed: true            # after the platform has done the work; default false: before
        name: lost-create          # shown in the request log; default: the effect
        method: POST               # which requests: default any
        path: ^/connectors/drafts$ # a regular expression found in the path without /worlds/NAME; default any
        world: connect             # default any
        nth: 2                     # when: the second matching request,
        every: 3                   #   every third,
        probability: 0.1           #   or at random; default: each
        times: 1                   # at most this often; ``once: true`` means 1

========================= ===================================================================================
effect                    what happens
========================= ===================================================================================
drop                      the connection is closed without an answer, before or after the work (``performed``)
refuse                    the connection is never made; with a served sandbox the same as drop
general-error             500 with the platform's own code (``performed``)
reject                    a refusal with ``status`` 400 (default), 404 or 409, even after the work (``performed``)
html                      an HTML page with ``status`` 502 (default), 503 or 504 (``performed``)
unavailable               503 with code OverCapacity, without Retry-After; with one of ``retryAfter`` seconds if
                          ``retryAfterForm`` is ``seconds`` or ``date``; with ``page: true`` an HTML page
too-many-requests         429, and ``retryAfter``, ``retryAfterForm`` and ``page`` as above
slow                      the work is done, but the answer comes ``seconds`` late
foreign-edit              before the work, another client makes the ``edit`` (see foreign_edits.py), by default to
                          the resource that the request is about
foreign-create            before the work, another client creates the resources of the seed ``create``
expire-tokens             before the work, every Connect token issued so far expires
========================= ===================================================================================

All rules that match a request take effect, in the order of the file; of several that answer, the first one wins.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trueup.errors import Diagnostic, InvalidInput
from trueup.model.position import Position, Positions
from trueup.sandbox.calls import Call
from trueup.sandbox.effects import Effect, WrongEffect, effect_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An effect and its requests. At most one of ``nth``, ``every`` and ``probability`` is not None."""

    name: str
    effect: Effect
    method: str | None = None
    path: re.Pattern[str]
    world: str | None = None
    nth: int | None = None
    every: int | None = None
    probability: float | None = None
    times: int | None = None

    def fits(self, call: Call) -> bool:
        """Return whether the rule is about this request."""
        same_method = self.method in (None, call.method)
        return same_method and self.world in (None, call.world) and self.path.search(call.path) is not None


class Armed:
    """A rule with the number of its requests (``seen``) and of those that it took effect on (``struck``)."""

    def __init__(self, rule: Rule, chance: random.Random) -> None:
        self.rule = rule
        self.seen = 0
        self.struck = 0
        self._chance = chance

    def strikes(self, call: Call) -> bool:
        """Count the request, and return whether the rule takes effect on it."""
        if not self.rule.fits(call):
            return False
        self.seen += 1
        if not self._is_time():
            return False
        self.struck += 1
        return True

    def _is_time(self) -> bool:
        rule = self.rule
        if rule.times is not None and self.struck >= rule.times:
            return False
        if rule.nth is not None:
            return self.seen == rule.nth
        if rule.every is not None:
            return self.seen % rule.every == 0
        return rule.probability is None or self._chance.random() < rule.probability


class Faults:
    """The rules in force, with their counters."""

    def __init__(self, rules: Sequence[Rule] = (), seed: int = 0) -> None:
        # Each rule has random numbers of its own: otherwise adding a rule would change what happens to the others.
        self._armed = [Armed(rule, random.Random(f"{seed}/{index}")) for index, rule in enumerate(rules)]  # noqa: S311 - repeatable on purpose

    def strike(self, call: Call) -> tuple[Rule, ...]:
        """Count the request for every rule, and return those that take effect on it."""
        # Every rule counts the request, those after the first that answers as well.
        return tuple(armed.rule for armed in self._armed if armed.strikes(call))

    def to_json(self) -> list[dict[str, Any]]:
        """Return name, ``seen`` and ``struck`` of each rule."""
        return [{"name": armed.rule.name, "seen": armed.seen, "struck": armed.struck} for armed in self._armed]


def faults_from_json(content: object, source: str, positions: Positions | None = None) -> Faults:
    """Return the faults of a decoded fault file; raises InvalidInput with one diagnostic for each wrong rule.

    ``source`` is the name of the file; ``positions`` are the places of its nodes, None when there is no file.
    """
    place = Position(source, 1, 1) if positions is None else positions.at(())
    if not isinstance(content, Mapping) or not isinstance(content.get("faults"), list) or content.keys() - _TOP:
        raise _wrong([(place, "Expected a mapping with faults, a list of rules, and optionally seed, a number.")])
    seed = content.get("seed", 0)
    if not isinstance(seed, int):
        place = place if positions is None else positions.at(("seed",))
        raise _wrong([(place, f"seed: Expected an integer, not {seed!r}.")])
    rules, wrong = [], []
    for index, entry in enumerate(content["faults"]):
        try:
            rules.append(_rule(entry))
        except WrongEffect as reason:
            at = place if positions is None else positions.at(("faults", index))
            wrong.append((at, f"faults[{index}]: {reason}"))
    if wrong:
        raise _wrong(wrong)
    return Faults(rules, seed)


_TOP = {"seed", "faults"}
_WHEN = ("nth", "every", "probability")
_METHODS = ("GET", "POST", "DELETE")
"""The methods that the routes of the sandbox accept."""


def _rule(entry: object) -> Rule:
    if not isinstance(entry, Mapping):
        raise WrongEffect("Expected a mapping.")
    values = {name: _checked(name, entry[name]) for name in _CHECKS if name in entry}
    if sum(name in values for name in _WHEN) > 1:
        raise WrongEffect(f"Only one of {', '.join(_WHEN)} may be given.")
    _check_effective(values)
    if values.pop("once", False):
        values["times"] = 1
    kind = entry.get("effect")
    own = {name: value for name, value in entry.items() if name not in _CHECKS and name != "effect"}
    return Rule(effect=effect_from_json(kind, own), **{"name": str(kind), "path": re.compile(""), **values})


def _check_effective(values: Mapping[str, Any]) -> None:
    """Check that no member is made ineffective by another; raises WrongEffect."""
    # A member without effect is refused: a test that relies on it would pass and prove nothing.
    if values.get("once") and "times" in values:
        raise WrongEffect("times: Has no effect beside once.")
    for name in ("once", "times"):
        if values.get(name) and "nth" in values:
            raise WrongEffect(f"{name}: Has no effect beside nth, which takes effect once.")
    if not 0 < values.get("probability", 1) <= 1:
        raise WrongEffect(f"probability: Expected a number above 0 and at most 1, not {values['probability']!r}.")
    if values.get("method", _METHODS[0]) not in _METHODS:
        raise WrongEffect(f"method: Expected one of {', '.join(_METHODS)}, not {values['method']!r}.")


def _checked(name: str, value: object) -> Any:
    kind, expected = _CHECKS[name]
    # bool is a subclass of int: ``nth: true`` must not count as 1.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise WrongEffect(f"{name}: Expected {expected}, not {value!r}.")
    if kind is int and isinstance(value, int) and value < 1:
        raise WrongEffect(f"{name}: Expected {expected}, not {value!r}.")
    if name != "path":
        return value
    try:
        return re.compile(str(value))
    except re.error as broken:
        place = "" if broken.pos is None else f" (character {broken.pos + 1})"
        raise WrongEffect(f"path: Not a valid regular expression{place}: {value!r}.") from None


_CHECKS: Mapping[str, tuple[Any, str]] = {
    "name": (str, "a string"),
    "method": (str, "a string"),
    "path": (str, "a regular expression"),
    "world": (str, "a string"),
    "nth": (int, "an integer of at least 1"),
    "every": (int, "an integer of at least 1"),
    "probability": ((int, float), "a number"),
    "times": (int, "an integer of at least 1"),
    "once": (bool, "true or false"),
}


def _wrong(found: Sequence[tuple[Position, str]]) -> InvalidInput:
    return InvalidInput([Diagnostic(code="sandbox-faults", message=message, position=at) for at, message in found])
