"""Further variables for a run, for targets whose credentials have names of their own.

A reusable workflow can pass on only the secrets that it declares, and each has one name. One secret with a variable in
each line takes the place of those that it does not know.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from trueup.errors import UsageError
from trueup.github.inputs import PREFIX
from trueup.github.workflow import WorkflowStep

FURTHER_CREDENTIALS: Final = "TRUEUP_CREDENTIALS"
"""The variable with the further ones, ``NAME=value`` in each line."""

_NAME: Final = re.compile(r"(?:CTP|ORIGIN|TRUEUP)_[A-Z0-9_]+")

_KEPT_BACK: Final = (PREFIX, "TRUEUP_ALLOW_", "TRUEUP_FOLDER", "TRUEUP_PYTHON", FURTHER_CREDENTIALS)
"""The starts of names that are no credentials: inputs, allowances, and what the steps tell each other."""


def read_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """Return the further variables by name.

    Raises :class:`~trueup.errors.UsageError` with the number of a line that is wrong, and never with what it contains.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(env.get(FURTHER_CREDENTIALS, "").splitlines(), 1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not equals or not _NAME.fullmatch(name) or name.startswith(_KEPT_BACK):
            raise UsageError(
                f"Line {number} of {FURTHER_CREDENTIALS} is not NAME=value with the name of a credential. Such a name "
                "begins with CTP_, ORIGIN_ or TRUEUP_, and has only capital letters, digits and underscores."
            )
        found[name] = value
    return found


@contextmanager
def further_credentials(step: WorkflowStep) -> Iterator[None]:
    """Put the further variables into the environment of this process during the body.

    Each value is first masked in the log: GitHub masks a secret as a whole, and not a part of one of its lines. Raises
    what :func:`read_credentials` raises.
    """
    variables = read_credentials(step.env)
    before = {name: os.environ.get(name) for name in variables}
    for value in filter(None, variables.values()):
        step.mask(value)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text
