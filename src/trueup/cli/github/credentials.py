"""Further variables for a run: credentials that have names of their own, and the secured values of an apply.

A reusable workflow can pass on only the secrets that it declares, and each has one name. One secret with a variable in
each line takes the place of those that it does not know. A value of several lines has the form that GitHub's own
environment files have: ``NAME<<END``, its lines, and a line ``END``.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from trueup.errors import UsageError
from trueup.github.inputs import PREFIX
from trueup.github.workflow import WorkflowStep
from trueup.model.secret import RESERVED_STARTS, is_reserved

_LINE: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*(?P<sign>=|<<)(?P<rest>.*)")
_SHORT: Final = 4
"""Characters; a shorter line of a value of several lines, such as ``}``, is no secret, and logs are full of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherVariables:
    """A variable that contains others, one in each line.

    ``name`` is that of the variable. ``allows`` returns whether a line may have a name in an environment, and ``about``
    says the same in words.
    """

    name: str
    about: str
    allows: Callable[[str, Mapping[str, str]], bool]

    def read(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return the variables by name.

        Raises :class:`~trueup.errors.UsageError` with the number of a line that is wrong, and never with what it
        contains.
        """
        found: dict[str, str] = {}
        text = env.get(self.name, "")
        lines = ((number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1))
        for number, line in lines:
            if not line.strip():
                continue
            read = _LINE.fullmatch(line.strip())
            if read is None or read["name"] in found or not self.allows(read["name"], env):
                raise UsageError(f"Line {number} of {self.name} is not NAME=value. {self.about}")
            rest = read["rest"].strip()
            found[read["name"]] = rest if read["sign"] == "=" else self._until(rest, number, lines)
        return found

    def _until(self, end: str, begun: int, lines: Iterator[tuple[int, str]]) -> str:
        """Return the lines before the one that is ``end``."""
        value: list[str] = []
        for _, line in lines:
            if end and line == end:
                return "\n".join(value)
            value.append(line)
        raise UsageError(
            f"The value that begins in line {begun} of {self.name} does not end. After NAME<<END, its last line must "
            "be followed by the line END."
        )


_CREDENTIAL: Final = re.compile(r"(?:CTP|ORIGIN|TRUEUP)_[A-Z0-9_]+")
_CREDENTIALS, _SECURED = "TRUEUP_CREDENTIALS", "TRUEUP_SECURED_VALUES"
_KEPT_BACK: Final = (PREFIX, "TRUEUP_ALLOW_", "TRUEUP_FOLDER", "TRUEUP_PYTHON", _CREDENTIALS, _SECURED)
"""The starts of names that are no credentials: inputs, allowances, and what a step passes to the next ones."""

FURTHER_CREDENTIALS: Final = FurtherVariables(
    name=_CREDENTIALS,
    about="NAME is that of a credential: it begins with CTP_, ORIGIN_ or TRUEUP_, and has only capital letters, digits "
    "and underscores. It occurs once.",
    allows=lambda name, _: _CREDENTIAL.fullmatch(name) is not None and not name.startswith(_KEPT_BACK),
)
"""The credentials of targets that have variables of their own."""

SECURED_VALUES: Final = FurtherVariables(
    name=_SECURED,
    about=f"NAME has only letters, digits and underscores, and does not begin with {', '.join(RESERVED_STARTS)}. It "
    "occurs once, and no variable of the job has this name.",
    allows=lambda name, env: not (is_reserved(name) or name in env),
)
"""The values to which manifests refer with ``fromEnv``; only an apply reads them."""


@contextmanager
def further_variables(step: WorkflowStep, *, applies: bool) -> Iterator[None]:
    """Put the further variables into the environment of this process during the body; the secured ones for an apply.

    Each value is first masked in the log: GitHub masks a secret as a whole, and not a part of one of its lines. Raises
    what :meth:`FurtherVariables.read` raises.
    """
    variables = FURTHER_CREDENTIALS.read(step.env) | (SECURED_VALUES.read(step.env) if applies else {})
    before = {name: os.environ.get(name) for name in variables}
    for value in variables.values():
        lines = value.splitlines()
        for line in lines:
            if len(lines) == 1 or len(line) >= _SHORT:
                step.mask(line)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text
