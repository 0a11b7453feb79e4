"""Declare the options that several commands share, and hold what they were given."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from trueup.cli import shards

if TYPE_CHECKING:
    from trueup.plan.shard import Shard

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]

FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """Hold the options of a command that reads manifests.

    ``select`` maps label names to the values they must have. ``color`` is ``auto``, ``always`` or ``never``. ``base``
    and ``changed_since`` name commits. ``allow_targets`` get credentials whatever the base says of them.
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
    report: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    out: Path | None = None
    base: str | None = None
    changed_since: str | None = None
    allow_targets: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[Path, ...]:
        """Return the files that the run will write."""
        return tuple(file for file in (self.report, self.junit, self.sarif, self.out) if file is not None)


def parse_labels(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> Mapping[str, str]:
    """Turn ``label=value`` texts into a mapping; a text without ``=`` or a repeated label is wrong usage."""
    labels: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name):
            message = f"{text!r} is not of the form label=value, as in --select team=tax"
            raise click.BadParameter(message)
        if name in labels:
            message = f"the label {name!r} is given twice; a manifest has one value for a label"
            raise click.BadParameter(message)
        labels[name] = value
    return labels


def together(*options: Decorator[Any]) -> Decorator[Any]:
    """Return one decorator that adds all of these options, in this order on the help page."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


def output_options(*formats: str) -> Decorator[Any]:
    """Add the options that say how a result is printed and what is logged; the first format is the default."""
    options = together(
        click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="How the result is printed on standard output.",
        ),
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            show_default=True,
            help="Colour the text: auto means on a terminal unless NO_COLOR is set.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            help="Show unchanged resources, whole values and the plan hash, and on standard error each decision.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No progress and no messages on standard error."),
        click.option(
            "--debug",
            is_flag=True,
            help="Log each decision and each request on standard error, also with --quiet, and show a traceback when "
            "trueup itself fails.",
        ),
    )
    return lambda command: options(_logging(command))


def _logging(command: F) -> F:
    """Return the command with the log shown that its options ask for."""

    @wraps(command)
    def run(*arguments: Any, **given: Any) -> Any:
        if given["debug"] or (given["verbose"] and not given["quiet"]):
            from trueup.cli.logs import show_log

            show_log(debug=given["debug"])
        return command(*arguments, **given)

    return cast("F", run)


project_option = click.option(
    "--project",
    metavar="FILE",
    help="The project file. Default: trueup.yaml, searched upwards from here, then from the first PATH.",
)
target_option = click.option(
    "--target", "targets", metavar="NAME", multiple=True, help="Only this target; may be given several times."
)
allow_option = click.option(
    "--allow-target",
    "allow_targets",
    metavar="NAME",
    multiple=True,
    help="Give this target credentials although it is new, leads elsewhere or names other variables since the base.",
)
sandbox_option = click.option(
    "--sandbox", is_flag=True, help="Send every target to the embedded sandbox; needs no account."
)
keep_going_option = click.option(
    "--keep-going", is_flag=True, help="Go on with the valid manifests when others are invalid (still status 3)."
)
no_cache_option = click.option("--no-cache", is_flag=True, hidden=True, help="Accepted for one release; no effect.")


def manifest_options() -> Decorator[Any]:
    """Add PATH... and the options that say which manifests are meant."""
    return together(
        click.argument("paths", metavar="[PATH]...", nargs=-1),
        project_option,
        click.option(
            "--select",
            metavar="LABEL=VALUE",
            multiple=True,
            callback=parse_labels,
            help="Only manifests with this label; may be given several times, all must match.",
        ),
        target_option,
        shards.option,
        sandbox_option,
        keep_going_option,
        no_cache_option,
    )


class Written(click.Path):
    """A file or folder that a command writes; its command checks where links on the way to it lead.

    Each ``..`` is taken away as a part of the text: behind a link it would lead elsewhere than what is checked.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path."""
        return Path(os.path.normpath(os.fsdecode(super().convert(value, param, ctx))))


FILE = Written(dir_okay=False)

sarif_option = click.option(
    "--sarif", metavar="FILE", type=FILE, help="Write the problems as SARIF besides, for code scanning."
)


def file_options() -> Decorator[Any]:
    """Add the options that write the result into files besides."""
    return together(
        click.option("--report", metavar="FILE", type=FILE, help="Write the result as one HTML page besides."),
        click.option(
            "--junit", metavar="FILE", type=FILE, help="Write the result as JUnit XML besides: a case a resource."
        ),
    )
