"""Show git a repository without its configuration, hooks and attributes.

git reads them from the folder that all work trees of a repository share, and GIT_COMMON_DIR names that folder. We give
it one of our own: objects and references are links to the real ones, the configuration is a new file. ``HEAD`` and the
index stay in the work tree's own folder, which ``--git-dir`` names.

The new configuration holds only keys that say how the repository is stored, how its file system behaves, and what
``@{upstream}`` means. None of them can name a program. Overriding the others one by one with ``-c`` would need to know
them all, in every version of git, with those that included files bring.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from trueup.git.commands import run_config

_LINKED: Final = ("objects", "refs", "packed-refs", "reftable", "logs", "shallow")
"""What git needs of the shared folder to read commits and files, in all ways of keeping references."""

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
    """Return what the repository's configuration file holds, without the files that it includes.

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
    """Give a folder for GIT_COMMON_DIR; it is gone after the block."""
    with TemporaryDirectory(prefix="trueup-git-") as made:
        view = Path(made)
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
