"""Name the places where a test can put a faulty part in, to see whether the campaign notices."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from trueup.apply.journal import Journal
from trueup.model.reader import Reader
from trueup.model.writer import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seams:
    """Hold what wraps each part of trueup; by default nothing does. A writer's wrapper gets the target's reader too."""

    reader: Callable[[Reader], Reader] = lambda reader: reader
    writer: Callable[[Writer, Reader], Writer] = lambda writer, _: writer
    transport: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda transport: transport
    journal: Callable[[Journal], Journal] = lambda journal: journal


NOTHING_PLANTED = Seams()
