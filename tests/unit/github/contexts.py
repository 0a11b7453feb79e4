"""Runs and events for the tests of this package."""

from dataclasses import replace

from trueup.github.context import Context, RunId

HEAD = "a" * 40


def context(*, run: int = 10, attempt: int = 1, pull: int | None = 7) -> Context:
    return Context(
        event="pull_request" if pull is not None else "push",
        repository="acme/connectors",
        head=HEAD,
        base="b" * 40,
        pull=pull,
        fork=False,
        run=RunId(number=run, attempt=attempt),
        server_url="https://github.example",
        api_url="https://api.github.example",
    )


def pushed(*, run: int = 10, attempt: int = 1) -> Context:
    return replace(context(run=run, attempt=attempt, pull=None), branch="main", default_branch="main")
