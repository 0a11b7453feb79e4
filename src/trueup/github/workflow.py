"""Keep text that is not ours from issuing workflow commands.

A runner takes every line of a step's output that begins with ``::`` for a command. What platforms and manifests say is
therefore printed between two lines that turn commands off and on again; the word that turns them on cannot be known
before.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def without_commands(stream: TextIO, *, token: Callable[[], str] = secrets.token_hex) -> Iterator[None]:
    """Turn workflow commands off while the body prints."""
    word = f"trueup-{token()}"
    stream.write(f"::stop-commands::{word}\n")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\n::{word}::\n")
        stream.flush()


def annotation(severity: str, message: str) -> str:
    """Return the command that shows a message on the run's page; ``severity`` is error, warning or notice."""
    text = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{severity} title=trueup::{text}\n"
