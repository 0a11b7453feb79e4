"""The folder in which the steps of one use of the action leave their files for each other."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Any, Final

from trueup.bounded import json_fault
from trueup.errors import UsageError
from trueup.github.found import Found, found_from_json, found_to_json
from trueup.github.inputs import PREFIX
from trueup.plan.codec import JsonObject
from trueup.plan.typed_json import Unexpected
from trueup.regular_file import DOCUMENT_BYTES, read_named

VARIABLE: Final = "TRUEUP_FOLDER"
"""The variable that names the folder to the steps after the first."""

_SECRETS: Final = "TOKEN"
"""The end of the names of inputs that are secrets."""


@dataclass(frozen=True, slots=True)
class StepFolder:
    """A folder outside of the checkout that only this user can enter.

    Its files: the inputs without tokens, what was found, the records of applies, the approved plans, the document of
    the run, its saved plan, its report, and the folder that is uploaded as an artifact.
    """

    path: Path
    _numbers: "count[int]" = field(default_factory=lambda: count(1), repr=False, compare=False)

    @classmethod
    def new(cls, env: Mapping[str, str]) -> "StepFolder":
        """Create the folder in ``RUNNER_TEMP``, with mode 0700. Raises OSError."""
        return cls(Path(mkdtemp(prefix="trueup-", dir=env.get("RUNNER_TEMP") or gettempdir())))

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "StepFolder":
        """Return the folder that an earlier step made; raises UsageError when there is none."""
        name = env.get(VARIABLE, "")
        if not name or not Path(name).is_dir():
            message = f"{VARIABLE} is not the folder of an earlier step."
            raise UsageError(message)
        return cls(Path(name))

    @property
    def inputs(self) -> Path:
        """Return the file of the inputs."""
        return self.path / "inputs.json"

    @property
    def found(self) -> Path:
        """Return the file of what was found."""
        return self.path / "found.json"

    @property
    def records(self) -> Path:
        """Return the file of the records of applies; it is missing when they were not asked for."""
        return self.path / "records.json"

    @property
    def document(self) -> Path:
        """Return the file of the run's document."""
        return self.path / "document.json"

    @property
    def plan(self) -> Path:
        """Return the file of the saved plan."""
        return self.path / "plan.json"

    @property
    def report(self) -> Path:
        """Return the file of the report as a page."""
        return self.path / "report.html"

    @property
    def kept(self) -> Path:
        """Return the folder that is uploaded as an artifact."""
        return self.path / "kept"

    def add_approved(self, document: bytes) -> Path:
        """Write one approved plan under the next free name, and return its file."""
        file = self.path / f"approved-{next(self._numbers)}.json"
        _write(file, document)
        return file

    def write(self, file: Path, document: JsonObject) -> None:
        """Write a document to one of the files."""
        # ASCII only: a text of GitHub can have half of a surrogate pair, which no file can.
        _write(file, f"{json.dumps(document, indent=2)}\n".encode())

    def read(self, file: Path) -> Any:
        """Return the document in one of the files; raises UsageError when it cannot be read."""
        try:
            return json.loads(read_named(file, DOCUMENT_BYTES))
        except OSError as error:
            message = f"{file} cannot be read: {error.strerror}."
            raise UsageError(message) from None
        except (ValueError, RecursionError) as error:
            message = f"{file} cannot be read: {json_fault(error)}."
            raise UsageError(message) from None

    def write_inputs(self, env: Mapping[str, str]) -> None:
        """Write the inputs in the environment, without tokens: the steps that run a plan must not see any."""
        given = {name: value for name, value in sorted(env.items()) if name.startswith(PREFIX)}
        self.write(self.inputs, {name: value for name, value in given.items() if not name.endswith(_SECRETS)})

    def read_inputs(self) -> dict[str, str]:
        """Return the variables that :meth:`write_inputs` wrote; raises UsageError."""
        document = self.read(self.inputs)
        if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
            message = f"{self.inputs} does not hold the inputs."
            raise UsageError(message)
        return document

    def write_found(self, found: Found) -> None:
        """Write what was found."""
        self.write(self.found, found_to_json(found))

    def read_found(self) -> Found:
        """Return what was found; raises UsageError."""
        try:
            return found_from_json(self.read(self.found))
        except Unexpected as error:
            message = f"{self.found} cannot be read: {error}."
            raise UsageError(message) from None


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream:
        stream.write(content)
