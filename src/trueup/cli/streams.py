"""Guards for standard output and standard error: everything that a run writes passes one escaping function.

The streams are replaced, instead of escaping in each function that writes: this covers libraries, warnings, logging and
tracebacks as well.
"""

import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO, cast

from trueup.report.harmless import harmless


class OutputFailed(Exception):
    """Raised when standard output cannot be written; the text is the reason."""


class Guarded:
    """A text stream that escapes what is written to it; see :func:`~trueup.report.harmless.harmless`.

    ``result``: an error raises OutputFailed, or BrokenPipeError when the reader has gone. Other streams ignore errors.
    """

    def __init__(self, stream: TextIO, *, runner: bool, result: bool) -> None:
        self.bare, self._runner, self._result = stream, runner, result

    def write(self, text: str) -> int:
        """Write an escaped text; each text counts as the start of a line."""
        with self._written():
            self.bare.write(harmless(_decoded(text), runner=self._runner))
        # The length before escaping: callers compare it with what they have written.
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream below."""
        with self._written():
            self.bare.flush()

    def isatty(self) -> bool:
        """Return whether this is a terminal."""
        return self.bare.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream below."""
        return self.bare.fileno()

    @property
    def encoding(self) -> str:
        """Return the encoding of the stream below."""
        return self.bare.encoding

    @property
    def errors(self) -> str | None:
        """Return the error handler of the stream below."""
        return self.bare.errors

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        # Not reported as an error: a reader that has gone, such as head, has seen enough.
        except BrokenPipeError:
            raise
        except OSError as error:
            if self._result:
                raise OutputFailed(error.strerror or str(error)) from error


@contextmanager
def guarded(environ: Mapping[str, str] = os.environ) -> Iterator[None]:
    """Guard both streams while the body runs."""
    # Only a runner acts on workflow commands; elsewhere the escapes would only disturb.
    runner = bool(environ.get("GITHUB_ACTIONS"))
    out = Guarded(_buffered(bare(sys.stdout)), runner=runner, result=True)
    err = Guarded(bare(sys.stderr), runner=runner, result=False)
    with redirect_stdout(cast("TextIO", out)), redirect_stderr(cast("TextIO", err)):
        yield


def bare(stream: TextIO) -> TextIO:
    """Return the stream below a guarded one, for our own workflow commands and for moving the cursor."""
    return cast("Guarded", stream).bare if isinstance(stream, Guarded) else stream


def _buffered(stream: TextIO) -> TextIO:
    """Return a stream that writes a whole text although a signal arrives meanwhile.

    With PYTHONUNBUFFERED, Python drops what is left of a text when a signal cuts a write to a full pipe short.
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    # The descriptor stays with the stream of the interpreter, which uses it after the run.
    whole = open(stream.fileno(), "wb", closefd=False)  # noqa: SIM115 - it lives as long as the guard
    return io.TextIOWrapper(whole, encoding=stream.encoding, errors=stream.errors)


def _decoded(text: str | bytes) -> str:
    """Return a text that may have come as bytes."""
    # click.echo writes the scripts for shell completion as bytes when a stream has no buffer (click 8.4).
    return text.decode() if isinstance(text, bytes) else text
