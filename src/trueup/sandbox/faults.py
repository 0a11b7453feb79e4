"""Decide which requests go wrong, and how.

A fault file is YAML or JSON::

    seed: 7                        # of the chances below; default 0
    faults:
      - effect: drop               # what happens, see below
        performed: true            # after the platform did its work; default false: before
        name: lost-create          # shown in the request log; default: the effect
        method: POST               # which requests: default any
        path: ^/connectors/drafts$ # a regular expression found in the path without /worlds/NAME; default any
        world: connect             # default any
        nth: 2                     # when: the second such request,
        every: 3                   #   every third,
        probability: 0.1           #   or by chance; default: each
        times: 1                   # at most so often; ``once: true`` is the same as 1

========================= ===================================================================================
effect                    what happens
========================= ===================================================================================
drop                      the connection ends without an answer, before or after the work (``performed``)
refuse                    the connection is never made; served, it ends like a drop
general-error             500 with the platform's own code (``performed``)
reject                    a refusal with ``status`` 400 (default), 404 or 409, also of what was done (``performed``)
html                      an HTML page with ``status`` 502 (default), 503 or 504 (``performed``)
unavailable               503 with code OverCapacity, without Retry-After; with one of ``retryAfter`` seconds if
                          ``retryAfterForm`` is ``seconds`` or ``date``; with ``page: true`` an HTML page
too-many-requests         429, and ``retryAfter``, ``retryAfterForm`` and ``page`` as above
slow                      the work is done, but the answer comes ``seconds`` late
foreign-edit              before the work, somebody changes the resource named in ``edit`` (see edits.py), or
                          the one that the request is about
foreign-create            before the work, somebody creates what the ``create`` seed holds
expire-tokens             before the work, every Connect token issued so far expires
========================= ===================================================================================

All rules that fit a request take effect, in the order of the file; of several that answer, the first one does.
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
    """Say which requests an effect meets. Of ``nth``, ``every`` and ``probability`` at most one is not None."""

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
        """Return whether the request is one that the rule is about."""
        same_method = self.method in (None, call.method)
        return same_method and self.world in (None, call.world) and self.path.search(call.path) is not None


class Armed:
    """Count how often a rule's requests came, and how often it struck."""

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
    """Hold the rules in force."""

    def __init__(self, rules: Sequence[Rule] = (), seed: int = 0) -> None:
        self._armed = [Armed(rule, random.Random(f"{seed}/{index}")) for index, rule in enumerate(rules)]  # noqa: S311 - repeatable on purpose

    def strike(self, call: Call) -> tuple[Rule, ...]:
        """Count the request for every rule, and return those that take effect on it."""
        return tuple(armed.rule for armed in self._armed if armed.strikes(call))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the name of each rule, how many requests it was about, and how many it met."""
        return [{"name": armed.rule.name, "seen": armed.seen, "struck": armed.struck} for armed in self._armed]


def faults_from_json(content: object, source: str, positions: Positions | None = None) -> Faults:
    """Return the faults of a decoded fault file; raises InvalidInput with one diagnostic for each wrong rule.

    ``source`` is the file's name, ``positions`` finds places in it where it is one.
    """
    place = Position(source, 1, 1) if positions is None else positions.at(())
    if not isinstance(content, Mapping) or not isinstance(content.get("faults"), list) or content.keys() - _TOP:
        raise _wrong([(place, "Expected a mapping with faults, a list of rules, and perhaps seed, a number.")])
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
"""The methods that a route of the sandbox takes."""


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
    """Check that no member is without effect beside the others; raises WrongEffect."""
    if values.get("once") and "times" in values:
        raise WrongEffect("times: Does nothing beside once.")
    for name in ("once", "times"):
        if values.get(name) and "nth" in values:
            raise WrongEffect(f"{name}: Does nothing beside nth, which strikes once.")
    if not 0 < values.get("probability", 1) <= 1:
        raise WrongEffect(f"probability: Expected a number above 0, at most 1, not {values['probability']!r}.")
    if values.get("method", _METHODS[0]) not in _METHODS:
        raise WrongEffect(f"method: Expected one of {', '.join(_METHODS)}, not {values['method']!r}.")


def _checked(name: str, value: object) -> Any:
    kind, expected = _CHECKS[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise WrongEffect(f"{name}: Expected {expected}, not {value!r}.")
    if kind is int and isinstance(value, int) and value < 1:
        raise WrongEffect(f"{name}: Expected {expected}, not {value!r}.")
    if name != "path":
        return value
    try:
        return re.compile(str(value))
    except re.error as broken:
        place = "" if broken.pos is None else f", from its character {broken.pos + 1} on"
        raise WrongEffect(f"path: Not a regular expression{place}: {value!r}.") from None


_CHECKS: Mapping[str, tuple[Any, str]] = {
    "name": (str, "a text"),
    "method": (str, "a text"),
    "path": (str, "a regular expression"),
    "world": (str, "a text"),
    "nth": (int, "an integer from 1"),
    "every": (int, "an integer from 1"),
    "probability": ((int, float), "a number"),
    "times": (int, "an integer from 1"),
    "once": (bool, "true or false"),
}


def _wrong(found: Sequence[tuple[Position, str]]) -> InvalidInput:
    return InvalidInput([Diagnostic(code="sandbox-faults", message=message, position=at) for at, message in found])
