"""Evaluate the expressions of workflow files (docs.github.com, actions/reference/evaluate-expressions)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>\|\||&&|==|!=|[!().,*]))"
)
_WITHIN: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS: Final = re.compile(r"\b(?:always|cancelled|failure|success)\(\)")
"""A condition without one of these holds only if nothing before it failed."""


@dataclass
class Expression:
    """An expression that is read from left to right; ``known`` are the contexts by name."""

    text: str
    known: Mapping[str, Any]
    succeeded: bool = True
    _tokens: list[tuple[str, str]] = field(default_factory=list)

    def value(self) -> Any:
        """Return the value; a context or a member that is missing is None."""
        at = 0
        while self.text[at:].strip():
            found = _TOKEN.match(self.text, at)
            assert found is not None, self.text[at:]
            self._tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            at = found.end()
        value = self._either()
        assert not self._tokens, f"not understood: {self.text}"
        return value

    def _next(self, *signs: str) -> str:
        """Take one of these signs if it comes next; return it, or an empty text."""
        if self._tokens and self._tokens[0][1] in signs and self._tokens[0][0] == "sign":
            return self._tokens.pop(0)[1]
        return ""

    def _either(self) -> Any:
        left = self._both()
        while self._next("||"):
            right = self._both()
            left = left or right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._next("&&"):
            right = self._compared()
            left = left and right
        return left

    def _compared(self) -> Any:
        left = self._one()
        while sign := self._next("==", "!="):
            left = (left == self._one()) is (sign == "==")
        return left

    def _one(self) -> Any:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            value = self._either()
            assert self._next(")")
            return value
        kind, token = self._tokens.pop(0)
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return int(token)
        if self._next("("):
            return self._called(token)
        return {"true": True, "false": False, "null": None}[token] if token in _WORDS else self._member(token)

    def _called(self, name: str) -> Any:
        given = []
        while not self._next(")"):
            given.append(self._either())
            self._next(",")
        match name, given:
            case "always", []:
                return True
            case "cancelled", []:
                return False
            case "success" | "failure", []:
                return self.succeeded is (name == "success")
            case "format", [str(form), *values]:
                return form.format(*map(text_of, values))
            case "fromJSON", [str(document)]:
                return json.loads(document)
            case "startsWith", [str(whole), str(part)]:
                return whole.startswith(part)
            case "contains", [whole, part]:
                return part in (whole or ())
            case _:
                raise NotImplementedError(name)

    def _member(self, name: str) -> Any:
        value: Any = self.known.get(name)
        while self._next("."):
            if self._next("*"):
                assert self._next(".")
                _, member = self._tokens.pop(0)
                value = [each.get(member) for each in value.values()]
            else:
                _, member = self._tokens.pop(0)
                value = value.get(member) if isinstance(value, Mapping) else None
        return value


_WORDS: Final = ("true", "false", "null")


def text_of(value: Any) -> str:
    """Return a value as a text, as a runner writes it into an environment."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case _:
            return str(value)


def filled(text: Any, known: Mapping[str, Any]) -> Any:
    """Return a text with its expressions evaluated; the value of one that is the whole text keeps its type."""
    if not isinstance(text, str):
        return text
    if (whole := _WITHIN.fullmatch(text.strip())) and "${{" not in whole[1]:
        return Expression(whole[1], known).value()
    return _WITHIN.sub(lambda found: text_of(Expression(found[1], known).value()), text)


def holds(condition: Any, known: Mapping[str, Any], *, succeeded: bool) -> bool:
    """Return whether a step or a job runs; ``succeeded`` says that nothing before it failed."""
    if condition is None:
        return succeeded
    text = str(condition).strip()
    if (whole := _WITHIN.fullmatch(text)) is not None:
        text = whole[1]
    return (succeeded or STATUS.search(text) is not None) and bool(Expression(text, known, succeeded).value())
