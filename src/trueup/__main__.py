"""Start the command line."""

import gc
import os
import sys

_COLLECT_AFTER = 50_000
"""Allocations between two garbage collections; a start makes about half as many."""


def main() -> int:
    """Run trueup and return the exit status. The process should do nothing else.

    ``--version`` alone is answered here, before anything else is imported, because it must start fast.
    """
    # First of all: a shell inserts or sources what is printed, so neither a command nor a help page may run.
    instruction = os.environ.get("_TRUEUP_COMPLETE")
    if instruction is not None:
        from trueup.cli.completion import answer  # noqa: PLC0415 - only what is needed is imported

        return answer(instruction)
    if sys.argv[1:] == ["--version"]:
        from trueup import __version__  # noqa: PLC0415 - as above

        return _print(f"trueup {__version__}\n")
    # Imports allocate what stays until the end. To search it for garbage, several times and once more at the exit,
    # would take a third of the CPU of a short run.
    gc.set_threshold(_COLLECT_AFTER)
    # httpx imports its own command line wherever rich is installed: 30 ms that no request needs. None makes that import
    # fail, which httpx expects.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    try:
        return _run()
    finally:
        gc.freeze()


def _run() -> int:
    """Run the command line; a signal during its imports or between its parts ends it as one inside a command does."""
    from trueup.cli import signals  # noqa: PLC0415 - only what is needed is imported

    try:
        # First of all: the imports below take most of a short run, and a signal during them is handled as well.
        signals.catch_signals()
        from trueup.cli.main import run  # noqa: PLC0415 - as above

        return run()
    except KeyboardInterrupt:
        try:
            from trueup.cli.main import interrupted  # noqa: PLC0415 - as above

            return interrupted(sys.argv[1:])
        except KeyboardInterrupt:
            # A second signal: no message any more, only the status of a process that SIGINT ended (128 + 2).
            return 130
    finally:
        # From here on only the interpreter's shutdown is left, which a signal would end with a traceback.
        signals.end()
        signals.ignore_signals()


def _print(text: str) -> int:
    from trueup.cli.standard_output import CLOSED, drop_output, no_output, open_streams  # noqa: PLC0415 - as above

    if not open_streams():
        return no_output(CLOSED)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
        return 1
    except OSError as error:
        return no_output(error.strerror or str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
