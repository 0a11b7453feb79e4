"""The targets that the options of init and the answers on a terminal give."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from trueup.cli.commands.init import option_of
from trueup.cli.init_targets import (
    FieldTexts,
    Question,
    platforms_with,
    problem_of,
    questions,
    schemas_of,
    with_addresses,
)
from trueup.cli.output import style
from trueup.cli.signals import begin
from trueup.cli.working_directory import input_line
from trueup.errors import Interrupted, UsageError
from trueup.kinds.registry import KINDS
from trueup.model.identity import Platform
from trueup.report.layout import filled
from trueup.report.safe_text import visible

Ask = Callable[[str, str], str]
"""Ask a question, with the text of the prompt below it; return the answer without spaces around it."""

_AGREED: Final = {"": True, "y": True, "yes": True, "n": False, "no": False}


def ask(question: str, prompt: str) -> str:
    """Ask on standard error, and return a line of standard input. Raises Interrupted at its end and for a signal."""
    # A result that was printed before has ended the handling of signals.
    begin()
    try:
        lines = f"{filled(question, style('never', sys.stderr, verbose=False).width)}\n" if question else ""
        sys.stderr.write(f"{lines}{prompt} ")
        sys.stderr.flush()
        answer = input_line()
    except KeyboardInterrupt:
        answer = ""
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
        raise Interrupted("Interrupted at a question. Nothing was written.")
    return answer.strip()


def agreed(asked: Ask, question: str) -> bool:
    """Ask a question until the answer is yes or no; an empty answer is yes."""
    while (answer := _AGREED.get(asked("", f"{question} [Y/n]").lower())) is None:
        pass
    return answer


def chosen_targets(
    platforms: Sequence[Platform], given: FieldTexts, asked: Ask | None, *, needed: bool
) -> Mapping[Platform, FieldTexts]:
    """Return the fields of a target for each platform that is named, that has a given field, or that the user chooses.

    ``asked`` is None without a terminal. ``needed``: at least one target is. Raises UsageError for a field that is
    wrong, or of another platform, and when no target is chosen.
    """
    chosen = list(dict.fromkeys(platforms or platforms_with(given)))
    if not chosen and needed:
        chosen = _asked_platforms(asked)
    for field in given:
        fitting = [platform for platform in Platform if field in schemas_of(platform)]
        if not set(fitting) & set(chosen):
            raise UsageError(f"{option_of(field)} needs --platform {' or '.join(fitting)}.")
    return {platform: _fields(platform, given, asked) for platform in chosen}


def _asked_platforms(asked: Ask | None) -> list[Platform]:
    if asked is None:
        names = " or ".join(f"--platform {platform}" for platform in Platform)
        raise UsageError(
            f"There is no terminal to ask on, and no option names a target. Add {names}, and the fields of the target: "
            "trueup init --yes --region europe-west1.gcp --project-key acme"
        )
    chosen = [platform for platform in Platform if agreed(asked, f"Manage {_kinds(platform)} on {platform}?")]
    if not chosen:
        raise UsageError("A project needs a target, and none was chosen. Nothing was written.")
    return chosen


def _kinds(platform: Platform) -> str:
    return " and ".join(spec.plural for spec in KINDS.on(platform))


def _fields(platform: Platform, given: FieldTexts, asked: Ask | None) -> FieldTexts:
    values = {field: text for field, text in given.items() if field in schemas_of(platform)}
    for field in values:
        if problem := problem_of(platform, values, field):
            raise UsageError(f"{option_of(field)}: {problem}")
    for question in questions(platform, values):
        field = question.field
        if asked is not None:
            values[field] = _answer(platform, values, question, asked)
        elif question.default:
            values[field] = question.default
        elif problem_of(platform, values, field):
            raise UsageError(f"{option_of(field)} is missing. {question.text}")
    return with_addresses(values)


def _answer(platform: Platform, values: FieldTexts, question: Question, asked: Ask) -> str:
    """Ask for a field until the answer is valid; return it, empty to leave the field out."""
    field, text = question.field, question.text
    prompt = f"{field} [{question.default}]:" if question.default else f"{field}:"
    while True:
        answer = asked(text, prompt) or question.default
        text = visible(problem_of(platform, {**values, field: answer}, field))
        if not text:
            return answer
