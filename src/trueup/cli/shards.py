"""Take a shard from the command line, or from what an indexed job's engine sets."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trueup.plan.shard import Shard

AUTO = "auto"
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
"""Set by Kubernetes in each pod of an indexed job, from 0."""
COUNT_VARIABLE = "TRUEUP_SHARDS"

option = click.option(
    "--shard",
    metavar="I/N",
    callback=lambda _ctx, _param, given: None if given is None else parse_shard(given, os.environ),
    help="Only the I-th of N equal parts, chosen by a hash of the identity. "
    f"auto takes I from {INDEX_VARIABLE} (from 0) and N from {COUNT_VARIABLE}.",
)


def parse_shard(text: str, env: Mapping[str, str]) -> "Shard":
    """Return the shard that ``I/N`` or ``auto`` means; raises click.BadParameter."""
    from trueup.errors import UsageError
    from trueup.plan.shard import Shard

    index, count = _of_job(env) if text == AUTO else _numbers(text)
    try:
        return Shard(index, count)
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


def asked_shard(arguments: Sequence[str]) -> "Shard | None":
    """Guess the shard from a raw command line, for errors that come before it could be parsed."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        text = word.partition("=")[2] if word.startswith("--shard=") else word if before == "--shard" else ""
        if text:
            try:
                return parse_shard(text, os.environ)
            except click.BadParameter:
                return None
    return None


def _numbers(text: str) -> tuple[int, int]:
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal()):
        message = f"{text!r} is not of the form I/N, as in --shard 2/4, nor {AUTO}."
        raise click.BadParameter(message)
    return int(index), int(count)


def _of_job(env: Mapping[str, str]) -> tuple[int, int]:
    index, count = env.get(INDEX_VARIABLE, ""), env.get(COUNT_VARIABLE, "")
    if not (index.isdecimal() and count.isdecimal()):
        message = (
            f"{AUTO} needs {INDEX_VARIABLE}, which an indexed job sets, and {COUNT_VARIABLE}, the number of shards; "
            f"they are {index!r} and {count!r}."
        )
        raise click.BadParameter(message)
    return int(index) + 1, int(count)
