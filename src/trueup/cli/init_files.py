"""The files of a new project, each from an example that the documentation shows, and what becomes of each."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from trueup.cli.examples import examples
from trueup.cli.init_targets import FieldTexts
from trueup.cli.write_all import FileWrite
from trueup.errors import UsageError
from trueup.git.work_tree import top_of
from trueup.kinds.registry import KINDS
from trueup.manifest.file_names import PROJECT_FILE
from trueup.model.identity import Platform
from trueup.regular_file import read_named
from trueup.report.start import FileFate, StartedFile
from trueup.state.folder import IGNORE


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFile:
    """A file of a new project: its name below the folder, what it is, and its content.

    ``mark``: a text of an existing file that already does what this one is for. ``at_top``: it works only in the top
    folder of a repository. ``following`` is the next step after the file is written, empty for none.
    """

    name: str
    purpose: str
    text: str
    mark: str = ""
    at_top: bool = False
    following: str = ""


StartStep = tuple[StartedFile, FileWrite | None]
"""What becomes of a file, and what is written."""


_BY_HAND: Final = "the file exists. Add by hand what is shown below."

_NOT_UTF_8: Final = (
    "it has NUL characters, as UTF-16 has, so git cannot read it. Save it as UTF-8, and add what is shown below."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extra:
    """A file that the user can choose: its example below the examples, and otherwise as :class:`StartFile`."""

    name: str
    purpose: str
    example: str
    mark: str = ""
    following: str


_EXTRAS: Final = {
    "github": _Extra(
        name=".github/workflows/trueup.yml",
        purpose="workflow",
        example="workflows/trueup.yml",
        following="add the secrets that the workflow names to the repository, and open a pull request with the files. "
        "See docs/how-to/github.md.",
    ),
    "gitlab": _Extra(
        name=".gitlab-ci.yml",
        purpose="pipeline",
        example="gitlab/.gitlab-ci.yml",
        mark="trueup",
        following="add the credentials to the project as variables, and open a merge request with the files. "
        "See docs/how-to/gitlab.md.",
    ),
    "pre_commit": _Extra(
        name=".pre-commit-config.yaml",
        purpose="hook",
        example="start/pre-commit-config.yaml",
        mark="trueup validate",
        following="pre-commit install",
    ),
}


def start_files(project: str, targets: Mapping[Platform, FieldTexts], extras: Iterable[str]) -> Iterator[StartFile]:
    """Yield the files of a new project; ``project`` is the text of trueup.yaml, empty to leave that file out.

    A kind that needs a field of the target has an example if the target has the field.
    """
    if project:
        yield StartFile(name=PROJECT_FILE, purpose="project", text=project)
    for platform, fields in targets.items():
        for spec in KINDS.on(platform):
            if spec.target_field and not fields.get(spec.target_field):
                continue
            text = _text(f"start/{spec.kind.lower()}.yaml.example")
            yield StartFile(name=f"{spec.plural}/example.yaml.example", purpose="example", text=text)
    yield StartFile(name=IGNORE, purpose="ignored files", text=_text("start/gitignore"))
    settings = _text("start/vscode-settings.json")
    yield StartFile(name=".vscode/settings.json", purpose="editor settings", text=settings, mark="project.schema.json")
    for extra in extras:
        found = _EXTRAS[extra]
        yield StartFile(
            name=found.name,
            purpose=found.purpose,
            text=_text(found.example),
            mark=found.mark,
            at_top=True,
            following=found.following,
        )


def _text(example: str) -> str:
    return (examples() / example).read_text(encoding="utf-8")


def start_steps(files: Iterable[StartFile]) -> list[StartStep]:
    """Return what becomes of each file in the working directory; of existing files, only .gitignore is extended.

    Raises UsageError for an existing file that cannot be read.
    """
    return [_step(file) for file in files]


def _step(file: StartFile) -> StartStep:
    path, top = Path(file.name), top_of(Path())
    became = partial(StartedFile, name=file.name, purpose=file.purpose)
    if not os.path.lexists(path):
        if file.at_top and Path(os.path.realpath(Path())) != top:
            reason = f"it works only in the top folder of the repository, {top}. See docs/how-to/monorepo.md."
            return became(fate=FileFate.LEFT, reason=reason), None
        return became(fate=FileFate.NEW, text=file.text, following=file.following), FileWrite(
            path, None, file.text.encode()
        )
    before = _read(path)
    if file.name == IGNORE:
        if b"\0" in before:
            return became(fate=FileFate.LEFT, text=file.text, reason=_NOT_UTF_8), None
        missing = _missing_lines(before, file.text)
        if missing:
            return became(fate=FileFate.EXTENDED, text=missing.strip()), FileWrite(
                path, before, before + missing.encode()
            )
    elif file.mark.encode() not in before:
        return became(fate=FileFate.LEFT, text=file.text, reason=_BY_HAND), None
    return became(fate=FileFate.KEPT), None


def _read(path: Path) -> bytes:
    try:
        return read_named(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. Nothing was written.") from None


def _missing_lines(before: bytes, text: str) -> str:
    """Return what to append to a list of ignored files, empty if it already ignores all that the text does."""
    known = {line.strip().strip("/") for line in before.decode(errors="replace").splitlines()}
    missing = [line for line in text.splitlines() if not line.startswith("#") and line.strip("/") not in known]
    if not missing:
        return ""
    comment = next(line for line in text.splitlines() if line.startswith("#"))
    end = "\r\n" if b"\r\n" in before else "\n"
    between = "" if not before else end if before.endswith(b"\n") else 2 * end
    return between + "".join(f"{line}{end}" for line in (comment, *missing))
