"""Read again what trueup wrote, to show it: saved plans, JSON documents, journals, and runs by their ids."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trueup.apply.history import JOURNAL_SUFFIX, is_journal, run_of_journal, show_run
from trueup.cli.exit_codes import Exit, status_of_plan
from trueup.cli.files import ProjectState
from trueup.cli.main import COMMANDS
from trueup.cli.session import find_root
from trueup.cli.working_directory import input_bytes
from trueup.errors import UsageError
from trueup.manifest.discovery import STANDARD_INPUT
from trueup.plan.saved import plan_from_json
from trueup.regular_file import DOCUMENT_BYTES, read_named
from trueup.report.document import parsed, refused, render_document, result_of
from trueup.report.json_text import indented
from trueup.report.result import Result
from trueup.report.runs import run_tree

if TYPE_CHECKING:
    from trueup.apply.seal import Journals
    from trueup.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """The result that was read, and the JSON document that it was read from; None for a saved plan and for a run."""

    result: Result
    document: object = None

    @property
    def json(self) -> str:
        """Return the document as JSON text with a final line break; that of a saved plan or a run is made now.

        Raises InvalidInput for a document that is nested more deeply than it can be written.
        """
        try:
            return render_document(self.result) if self.document is None else f"{indented(self.document)}\n"
        except RecursionError:
            message = "The file cannot be written again: it is nested too deeply."
            raise refused(self.result.file, "document-format", message) from None


def read_shown(name: str, project: str | None) -> ShownDocument:
    """Read a file, standard input (``-``), or a run of the project by its id or a part of it.

    Raises UsageError when there is none, and InvalidInput when it is not what trueup wrote.
    """
    if name == STANDARD_INPUT:
        return _of_content(_standard_input(), name)
    # A file first: what is there is meant, even if a run has an id like its name.
    if not os.path.lexists(name):
        return _of_run(_run_named(name, project))
    try:
        content = read_named(name, DOCUMENT_BYTES)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
    journals = _journals(project) if is_journal(content) else None
    # Only in its own folder can a journal be evidence, and only there a later run can have settled it.
    if journals is not None and _is_in(Path(name), journals):
        return _of_run(show_run(journals, Path(name).stem))
    return _of_content(content, name)


def _standard_input() -> bytes:
    content = input_bytes()
    if len(content) > DOCUMENT_BYTES:
        raise UsageError(f"Standard input cannot be read: it is larger than {DOCUMENT_BYTES:,} bytes.")
    return content


def _run_named(name: str, project: str | None) -> "Run":
    try:
        return show_run(_journals(project), name)
    except UsageError as error:
        raise UsageError(f"There is no file {name!r}. {error}") from None


def _journals(project: str | None) -> "Journals":
    return ProjectState(find_root(project)).journals


def _is_in(file: Path, journals: "Journals") -> bool:
    return file.suffix == JOURNAL_SUFFIX and file.parent.resolve() == journals.folder.path.resolve()


def _of_run(run: "Run") -> ShownDocument:
    return ShownDocument(result=Result(command="runs", status=Exit.DONE, tree=run_tree(run), runs=[run]))


def _of_content(content: bytes, name: str) -> ShownDocument:
    if is_journal(content):
        return _of_run(run_of_journal(content, Path(name).stem))
    document = parsed(content, file=name)
    # A saved plan is the plan alone; each document of a command names the command.
    if isinstance(document, dict) and "resources" in document and "command" not in document:
        plan = plan_from_json(document, file=name)
        return ShownDocument(result=Result(command="plan", status=status_of_plan(plan, detailed=False), plan=plan))
    result = result_of(document, file=name)
    # An error that came before the command was known has an empty one.
    if result.command not in {"", *COMMANDS}:
        message = "The document is of a command that this version of trueup does not have."
        raise refused(name, "document-format", message)
    return ShownDocument(result=result, document=document)
