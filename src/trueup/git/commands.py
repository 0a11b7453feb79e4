"""Run git for reading only: plumbing commands, no pager, no prompt, no lock, and no program that a repository names.

A repository's configuration can name programs: filters, text conversions, diff drivers, the file system monitor, hooks,
credential helpers, commands that fetch missing objects, and whatever the next version of git adds. A list of such keys
is never complete, so git does not read that configuration at all. :func:`open_view` makes a folder that git uses
instead of the repository's shared folder: symlinks to objects and references, and a configuration file with only the
keys that reading needs. The user's and the system's configuration are not read either: a committed ``.gitattributes``
could start the filters that they define. The command-line switches below repeat this for what git decides before it
reads any configuration, and in case of a mistake in this module.

The environment holds only the variables listed here. Credentials of the run never reach git.
"""

import logging
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from trueup.errors import GitFailed

_LOG: Final = logging.getLogger("trueup.git")

# Literal pathspecs, because a folder may be called ``:(top)``, which git would read as pathspec magic.
_QUIET: Final = ("--no-pager", "--no-optional-locks", "--literal-pathspecs")
# An explicit bare repository only: a folder of a commit could look like one. No protocol: nothing is ever fetched.
_OFF: Final = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "protocol.allow=never"),
)

_KEPT: Final = ("PATH", "TMPDIR")
"""Variables of our environment that git gets. HOME is not among them: the user's configuration must not be read."""

_SET: Final = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    # A partial clone would otherwise fetch missing objects, with the user's credentials and over any transport.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}

_CONFIG_KEPT: Final = (
    *("PATH", "HOME", "XDG_CONFIG_HOME"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
)
"""Variables that locate the user's and the system's configuration."""

_NO_SUCH_KEY: Final = 1
_SHOWN: Final = 200
"""Characters of a command line that are logged: it may name thousands of files."""
NOT_INSTALLED: Final = "git is not installed, or not on PATH. Comparing with another commit needs it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """The git command for one work tree; ``environment`` is the whole environment, see :func:`clean`."""

    program: str
    git_dir: Path
    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> bytes:
        """Return what a command printed on standard output. Raises GitFailed with git's own message when it fails."""
        done = subprocess.run(  # noqa: S603 - no shell, and every argument that is not ours comes after an option end
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise GitFailed(f"git {arguments[0]} failed: {words(done.stderr)}")
        return done.stdout

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command that reads requests from standard input and answers on standard output."""
        return subprocess.Popen(  # noqa: S603 - as above
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def command(self, *arguments: str) -> list[str]:
        """Return the command line with all switches, and log it."""
        _LOG.debug("git %s", " ".join(arguments)[:_SHOWN])
        # Given explicitly: git's own search would also accept a folder of a commit that looks like a repository.
        location = (f"--git-dir={self.git_dir}", f"--work-tree={self.folder}")
        return [self.program, *_QUIET, *_OFF, *location, *arguments]


def find_git(environ: Mapping[str, str]) -> str | None:
    """Return the path of git; None when it is not installed.

    Only absolute folders in PATH count: a relative one could be a folder of the repository.
    """
    return shutil.which("git", path=_clean_path(environ))


def clean(environ: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the environment for git: the variables listed above, and ``more``."""
    return _only(_KEPT, environ) | _SET | more


def run_config(program: str, environ: Mapping[str, str], *arguments: str) -> bytes:
    """Return what ``git config -z`` prints; empty when there is no such key.

    git does not look for a repository. Raises GitFailed with git's own message when the configuration cannot be read.
    """
    done = subprocess.run(  # noqa: S603 - no shell, and all arguments are ours or paths after an option that takes one
        # No repository and cwd "/": git config would otherwise read the configuration of the repository around it.
        [program, f"--git-dir={os.devnull}", "config", "-z", *arguments],
        cwd="/",
        env={**_only(_CONFIG_KEPT, environ), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode not in {0, _NO_SUCH_KEY}:
        raise GitFailed(f"git config failed: {words(done.stderr)}")
    return done.stdout


def words(stderr: bytes) -> str:
    """Return the first line of git's error output, without its severity ("fatal: ")."""
    lines = stderr.decode(errors="replace").strip().splitlines()
    return (
        lines[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".") + "." if lines else "it does not say why."
    )


def _only(names: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in names if name in environ} | {"PATH": _clean_path(environ)}


def _clean_path(environ: Mapping[str, str]) -> str:
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


_LINKED: Final = ("objects", "refs", "packed-refs", "reftable", "logs", "shallow")
"""Entries of the shared folder that git needs to read commits and files, for every format of references."""

# Formats of objects and references, how file modes and names are compared, and what ``@{upstream}`` needs. None of
# these keys names a program. DOTALL, because the name of a branch's section may hold a line break.
_NEEDED: Final = re.compile(
    r"core\.(?:repositoryformatversion|filemode|ignorecase|precomposeunicode|symlinks)"
    r"|extensions\.(?:objectformat|compatobjectformat|refstorage)"
    r"|branch\..+\.(?:remote|merge)"
    r"|remote\..+\.fetch",
    re.DOTALL,
)

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

Settings = Mapping[str, tuple[str, ...]]
"""Values by key, as ``git config --list`` writes keys."""


def read_settings(program: str, shared: Path, environ: Mapping[str, str]) -> Settings:
    """Return the repository's configuration, without the files that it includes.

    Raises GitFailed when git cannot read it.
    """
    file = shared / "config"
    found: dict[str, tuple[str, ...]] = {}
    if file.is_file():
        for record in run_config(program, environ, f"--file={file}", "--no-includes", "--list").split(b"\0")[:-1]:
            # A key without a value means true.
            key, equals, value = os.fsdecode(record).partition("\n")
            found[key] = (*found.get(key, ()), value if equals else "true")
    return found


@contextmanager
def open_view(shared: Path, settings: Settings) -> Iterator[Path]:
    """Yield a folder for GIT_COMMON_DIR; it is removed after the block."""
    with TemporaryDirectory(prefix="trueup-git-") as temporary:
        view = Path(temporary)
        # Symlinks, so that git sees new objects and references, and nothing large is copied.
        for name in _LINKED:
            if os.path.lexists(shared / name):
                (view / name).symlink_to(shared / name)
        (view / "config").write_bytes(os.fsencode("".join(_lines(settings))))
        yield view


def _lines(settings: Settings) -> Iterator[str]:
    for key, values in settings.items():
        if _NEEDED.fullmatch(key):
            section, _, rest = key.partition(".")
            middle, _, name = rest.rpartition(".")
            yield f'[{section} "{middle.translate(_ESCAPES)}"]\n' if middle else f"[{section}]\n"
            yield from (f'\t{name} = "{value.translate(_ESCAPES)}"\n' for value in values)
