"""A reference to a secret that is found only when it is sent, and what it must not name.

A manifest comes from a pull request. If it could name any variable, it could send the tokens of the job that applies it
to an application.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

RESERVED_STARTS: Final = ("ACTIONS_", "CI_", "CTP_", "GITHUB_", "GITLAB_", "ORIGIN_", "RUNNER_", "TRUEUP_")
"""The starts of the names of variables that belong to trueup, to GitHub's runner or to GitLab's."""
_PROXIES: Final = frozenset({"ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY"})
"""Variables that can contain the password of a proxy."""

_PARTS: Final = re.compile(r"[/\\]")
_OWN_FOLDERS: Final = frozenset({".git", ".trueup"})
_ABSOLUTE: Final = re.compile(r"[/\\]|[A-Za-z]:")
_OTHER: Final = re.compile(r"[^A-Z0-9]+")
_LONGEST: Final = 256
"""Characters of a variable's name in a manifest."""


@dataclass(frozen=True, slots=True)
class SecretReference:
    """The place of a secret: the name of an environment variable, or the path of a file. The other one is empty."""

    env: str = ""
    file: str = ""

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> Self:
        """Return the reference in the attributes of an element: ``fromEnv`` or ``fromFile``."""
        return cls(env=str(attributes.get("fromEnv", "")), file=str(attributes.get("fromFile", "")))

    @property
    def misuse(self) -> str:
        """Return why a manifest must not name this place, as a part of a sentence; empty if it may."""
        if self.env and is_reserved(self.env):
            return f"the variable {self.env} belongs to trueup or to the job that runs it"
        if self.file and (_ABSOLUTE.match(self.file) or not stays_inside(_PARTS.split(self.file))):
            return f"the file {self.file} is not in the project's folder, or is in .git or .trueup"
        return ""


def is_reserved(name: str) -> bool:
    """Return whether a variable belongs to trueup or to the job that runs it, so that no secret of others is in it."""
    # Windows ignores the case of names, and proxies are read from lower-case names everywhere.
    upper = name.upper()
    return upper.startswith(RESERVED_STARTS) or upper in _PROXIES


def stays_inside(parts: list[str]) -> bool:
    """Return whether a relative path, in parts, stays in its folder and outside of git's and trueup's own folders."""
    # Lower case, because some file systems ignore case.
    return not any(part == ".." or part.lower() in _OWN_FOLDERS or "\0" in part for part in parts)


def proposed_reference(names: Iterable[str]) -> Mapping[str, str]:
    """Return the attributes of a reference to a variable that is named after these names, for a person to correct."""
    name = _OTHER.sub("_", "_".join(names).upper()).strip("_")
    usable = name[:1].isalpha() and len(name) <= _LONGEST and not is_reserved(name)
    # The end says which value it is. A name must not begin with a digit.
    return {"fromEnv": name if usable else f"_{name[1 - _LONGEST :]}"}
