"""Options that several commands share, and the values that a command got for them."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce, wraps
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from trueup.cli.completers import files, labels, targets

if TYPE_CHECKING:
    from trueup.plan.shard import Shard


base_option = click.option(
    "--base",
    metavar="REV",
    help="Also compare with the manifests of this commit, and show who made each change: you, someone live, or both.",
)

applied_option = click.option(
    "--applied",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Records of what was applied. What is merged and not yet applied is then not called drift.",
)

changed_option = click.option(
    "--changed-since",
    metavar="REV",
    help="Only manifests that differ from this commit, and those that move with them. Other files are not loaded.",
)


class Seconds(click.FloatRange):
    """A finite number of seconds within limits: ``nan`` is in every range, because no comparison with it is true."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; raises click.BadParameter for anything else."""
        seconds: float = super().convert(value, param, ctx)
        if not isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


FROM_JOB = "auto"
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
"""Set by Kubernetes in each pod of an indexed job, from 0."""
COUNT_VARIABLE = "TRUEUP_SHARDS"

option = click.option(
    "--shard",
    metavar="I/N",
    callback=lambda _ctx, _param, given: None if given is None else parse_shard(given, os.environ),
    help="Only part I of N; a hash of its identity assigns each resource to a part. "
    f"auto reads I from {INDEX_VARIABLE} (counted from 0) and N from {COUNT_VARIABLE}.",
)


def parse_shard(text: str, env: Mapping[str, str]) -> "Shard":
    """Return the shard that ``I/N`` or ``auto`` means; raises click.BadParameter."""
    from trueup.errors import UsageError
    from trueup.plan.shard import Shard

    index, count = _of_job(env) if text == FROM_JOB else _numbers(text)
    try:
        return Shard(index, count)
    except UsageError as error:
        # As an error of the option, so that click names it.
        raise click.BadParameter(str(error)) from None


def raw_value(arguments: Sequence[str], name: str) -> str:
    """Return the first value of an option in raw arguments, empty for none: for errors before click has parsed them."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if before == name:
            return word
    return ""


def raw_shard(arguments: Sequence[str]) -> "Shard | None":
    """Return the shard in raw arguments, None for none and for an invalid one."""
    text = raw_value(arguments, "--shard")
    try:
        return parse_shard(text, os.environ) if text else None
    except click.BadParameter:
        return None


def _numbers(text: str) -> tuple[int, int]:
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal()):
        message = f"{text!r} is not a valid shard (write I/N, as in --shard 2/4, or {FROM_JOB})."
        raise click.BadParameter(message)
    return int(index), int(count)


def _of_job(env: Mapping[str, str]) -> tuple[int, int]:
    index, count = env.get(INDEX_VARIABLE, ""), env.get(COUNT_VARIABLE, "")
    if not (index.isdecimal() and count.isdecimal()):
        message = (
            f"{FROM_JOB} needs {INDEX_VARIABLE}, which an indexed job sets, and {COUNT_VARIABLE}, the number of "
            f"shards; they are {index!r} and {count!r}."
        )
        raise click.BadParameter(message)
    # Kubernetes counts from 0, shards from 1.
    return int(index) + 1, int(count)


F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]

FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a command that reads manifests.

    ``select`` maps label names to the values they must have. ``color`` is ``auto``, ``always`` or ``never``. ``base``
    and ``changed_since`` name commits, ``applied`` a file of records. ``allow_targets`` get credentials even if they
    differ from the base.
    """

    paths: tuple[str, ...]
    project: str | None
    form: str
    color: str
    verbose: bool
    quiet: bool
    debug: bool
    sandbox: bool
    keep_going: bool
    select: Mapping[str, str]
    targets: tuple[str, ...]
    shard: "Shard | None" = None
    no_cache: bool = False
    show_all: bool = False
    report: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    out: Path | None = None
    base: str | None = None
    changed_since: str | None = None
    applied: Path | None = None
    allow_targets: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, object]) -> "RunOptions":
        """Return the options that click hands to a command, by name."""
        return cls(**given)  # type: ignore[arg-type]  # click converts each value to the type that its option declares

    @property
    def selects(self) -> bool:
        """Return whether the options select a part of the manifests that the paths name."""
        return bool(self.select or self.targets or self.shard or self.changed_since)

    @property
    def written(self) -> tuple[Path, ...]:
        """Return the files that the run will write."""
        return tuple(file for file in (self.report, self.junit, self.sarif, self.out) if file is not None)


def parse_labels(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> Mapping[str, str]:
    """Return ``label=value`` texts as values by label; raise BadParameter without ``=`` and for a repeated label."""
    labels: dict[str, str] = {}
    for text in given:
        # At the first equals sign: label values may contain further ones.
        name, equals, value = text.partition("=")
        if not (equals and name):
            message = f"{text!r} is not a valid selector (write label=value, as in --select team=tax)"
            raise click.BadParameter(message)
        if name in labels:
            message = f"the label {name!r} is given twice; a manifest has only one value for each label"
            raise click.BadParameter(message)
        labels[name] = value
    return labels


def together(*options: Decorator[Any]) -> Decorator[Any]:
    """Return one decorator that adds all of these options, in this order on the help page."""
    # Decorators apply from the bottom up, so the last option is added first.
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


def output_options(*formats: str) -> Decorator[Any]:
    """Return a decorator that adds the options for printing and logging; the first format is the default."""
    options = together(
        click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="Format of the result on standard output.",
        ),
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            show_default=True,
            help="Colour the text; auto means on a terminal, unless NO_COLOR is set.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Show unchanged resources, full values and the plan hash; log decisions to standard error.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Suppress progress, warnings and messages; errors are shown."),
        click.option(
            "--debug",
            is_flag=True,
            help="Log decisions and requests to standard error, even with --quiet; show a traceback when trueup itself "
            "fails.",
        ),
    )
    return lambda command: options(_logging(command))


def _logging(command: F) -> F:
    """Return the command, which now first shows the log that its options ask for."""

    @wraps(command)
    def run(*arguments: Any, **given: Any) -> Any:
        # --quiet silences --verbose, but not --debug, which is asked for when something is wrong.
        if given["debug"] or (given["verbose"] and not given["quiet"]):
            from trueup.cli.logs import show_log

            show_log(debug=given["debug"])
        return command(*arguments, **given)

    return cast("F", run)


project_option = click.option(
    "--project",
    metavar="FILE",
    shell_complete=files,
    help="Project file. Default: trueup.yaml in the working directory or above it, else above the first PATH.",
)
target_option = click.option(
    "--target",
    "targets",
    metavar="NAME",
    multiple=True,
    shell_complete=targets,
    help="Only this target (repeatable).",
)
allow_option = click.option(
    "--allow-target",
    "allow_targets",
    metavar="NAME",
    multiple=True,
    shell_complete=targets,
    help="Give this target credentials although it is new since the base, or its address or variables have changed.",
)
sandbox_option = click.option(
    "--sandbox", is_flag=True, help="Use the embedded sandbox for every target; no account is needed."
)
keep_going_option = click.option(
    "--keep-going",
    is_flag=True,
    help="Continue with the valid manifests when others are invalid (the status is still 3).",
)
select_option = click.option(
    "--select",
    metavar="LABEL=VALUE",
    multiple=True,
    callback=parse_labels,
    shell_complete=labels,
    help="Only manifests with this label (repeatable; all must match).",
)
# Hidden, not removed: a workflow that passes it must not fail when trueup is updated.
no_cache_option = click.option("--no-cache", is_flag=True, hidden=True, help="Accepted for one release; no effect.")


all_option = click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="Show all problems; without it, text and Markdown show the first 100 and count the others.",
)


def manifest_options() -> Decorator[Any]:
    """Return a decorator that adds PATH... and the options that select manifests."""
    return together(
        click.argument("paths", metavar="[PATH]...", nargs=-1, shell_complete=files),
        project_option,
        select_option,
        target_option,
        option,
        sandbox_option,
        keep_going_option,
        all_option,
        no_cache_option,
    )


class Written(click.Path):
    """A file or folder that a command writes; the command checks where symlinks in its path lead.

    Each ``..`` is removed from the text of the path: after a symlink it would lead to a place that was not checked.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(os.path.normpath(os.fsdecode(super().convert(value, param, ctx))))


FILE = Written(dir_okay=False)

sarif_option = click.option(
    "--sarif", metavar="FILE", type=FILE, help="Also write the problems as SARIF, for code scanning."
)


def file_options() -> Decorator[Any]:
    """Return a decorator that adds the options which also write the result to files."""
    return together(
        click.option("--report", metavar="FILE", type=FILE, help="Also write the result as an HTML page."),
        click.option(
            "--junit", metavar="FILE", type=FILE, help="Also write the result as JUnit XML, one test case per resource."
        ),
    )
