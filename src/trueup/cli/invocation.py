"""Who started a run, where and how: what its journal keeps of the process, the CI job and the command line.

Of the environment, only the variables of :data:`_FORMS` are used, and only values of the expected form. Anything else
could be a secret, or a text that acts on its reader.
"""

import os
import pwd
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final

from trueup import __version__
from trueup.cli.provenance import find_provenance
from trueup.model.identity import Targets
from trueup.model.run import Invocation
from trueup.model.url_secrets import MASK, hide_secrets
from trueup.platforms.credentials import Secret, credential_variables
from trueup.report.safe_text import visible

LONGEST: Final = 2_000
"""Characters of a command line that are kept."""

_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}")
_TITLE: Final = re.compile(r"[A-Za-z0-9_./: \[\]-]{1,100}")
_PATH: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100}){1,20}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
# Without a user name, query or fragment: these can hold a token.
_URL: Final = re.compile(r"https?://[A-Za-z0-9.-]{1,255}(?::[0-9]{1,5})?(?:/[A-Za-z0-9_./~-]{0,500})?")

_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "GITHUB_ACTOR": _NAME,
    "GITHUB_JOB": _NAME,
    "GITHUB_REPOSITORY": _PATH,
    "GITHUB_RUN_ID": _NUMBER,
    "GITHUB_RUN_ATTEMPT": _NUMBER,
    "GITHUB_SERVER_URL": _URL,
    "GITLAB_USER_LOGIN": _NAME,
    "CI_PROJECT_PATH": _PATH,
    "CI_JOB_NAME": _TITLE,
    "CI_JOB_ID": _NUMBER,
    "CI_JOB_URL": _URL,
}
"""The variables of CI jobs that a journal keeps, and the form of their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSystem:
    """A CI system; ``mark`` is the variable that its jobs have, the others are texts with variables of the job."""

    mark: str
    name: str
    actor: str
    job: str
    url: str


CI_SYSTEMS: Final = (
    CiSystem(
        mark="GITHUB_ACTIONS",
        name="GitHub Actions",
        actor="{GITHUB_ACTOR}",
        job="{GITHUB_REPOSITORY}, job {GITHUB_JOB}, run {GITHUB_RUN_ID}, attempt {GITHUB_RUN_ATTEMPT}",
        url="{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}/attempts/{GITHUB_RUN_ATTEMPT}",
    ),
    CiSystem(
        mark="GITLAB_CI",
        name="GitLab CI",
        actor="{GITLAB_USER_LOGIN}",
        job="{CI_PROJECT_PATH}, job {CI_JOB_NAME}, number {CI_JOB_ID}",
        url="{CI_JOB_URL}",
    ),
)

_SECRET: Final = re.compile(r"token|secret|passw|passphrase|credential|api[_-]?key|private[_-]?key", re.IGNORECASE)
"""Parts of the names of options and variables whose values can be secrets."""

_SHORTEST: Final = 8
"""Characters of the shortest value of a variable that is masked; a shorter one may be an ordinary word."""


def this_host() -> str:
    """Return the name of this machine as journals keep it."""
    return _bounded(os.uname().nodename)


def find_invocation(env: Mapping[str, str], folder: Path, arguments: Sequence[str], targets: Targets) -> Invocation:
    """Return who started this process, where and how. ``arguments`` are those of the command line, without trueup."""
    system = next((system for system in CI_SYSTEMS if env.get(system.mark)), None)
    named = "" if system is None else _filled(system.job, env)
    commit = find_provenance(env, folder).commit
    return Invocation(
        user=_bounded(_user()),
        host=this_host(),
        actor="" if system is None else _filled(system.actor, env),
        job="" if system is None else f"{system.name}, {named}" if named else system.name,
        url="" if system is None else _filled(system.url, env),
        commit=commit if re.fullmatch("[0-9a-f]{40,64}", commit) else "",
        command=command_line(arguments, _secrets(env, targets)),
        version=__version__,
    )


def _filled(template: str, env: Mapping[str, str]) -> str:
    """Return a text with the values of its variables, empty if one is missing or has an unexpected form."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    known = {name: env.get(name, "") for name in names}
    return template.format_map(known) if all(_FORMS[name].fullmatch(value) for name, value in known.items()) else ""


def _user() -> str:
    """Return the user of this process by the system's table, which no variable can change."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # Containers often run as a number that has no entry.
        return f"uid {os.getuid()}"


def _secrets(env: Mapping[str, str], targets: Targets) -> Iterator[str]:
    """Yield the values of variables that can be secrets."""
    for name in {*credential_variables(targets), *filter(_SECRET.search, env)}:
        if len(env.get(name, "")) >= _SHORTEST:
            yield env[name]


def command_line(arguments: Sequence[str], secrets: Iterable[str] = ()) -> str:
    """Return the command as a line for a shell, masked, printable and at most :data:`LONGEST` characters long.

    Masked are the values of options with a name like ``--token``, ``secrets`` in every form, and users in URLs.
    """
    text = shlex.join(["trueup", *map(_without_user, _without_values(arguments))])
    # Compared as texts, not as one expression: a variable can hold a megabyte.
    spellings = {spelling for value in secrets if len(value) <= len(text) for spelling in Secret(value).spellings()}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    return _bounded(hide_secrets(text), LONGEST)


def _without_values(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, with a mask for the values of options that can hold a secret."""
    hides = False
    for word in arguments:
        name, equals, _ = word.partition("=")
        secret = name.startswith("-") and _SECRET.search(name) is not None
        yield MASK if hides else f"{name}={MASK}" if secret and equals else word
        hides = secret and not (equals or hides)


def _without_user(word: str) -> str:
    """Return an argument without the user of a URL in it."""
    before, slashes, rest = word.partition("//")
    # Up to the last @: a password may contain a slash or another @. The host before a path with an @ is lost as well.
    return before + slashes + rest.rpartition("@")[2]


def _bounded(text: str, longest: int = 100) -> str:
    """Return a text that is printable, valid Unicode and not too long."""
    # Undecodable bytes of an argument are half surrogate pairs, which no document may contain.
    shown = visible(text[:longest]).encode(errors="backslashreplace").decode()
    return shown if len(text) <= longest and len(shown) <= longest else f"{shown[: longest - 1]}…"
