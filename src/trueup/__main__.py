"""Start the command line."""

import sys


def main() -> int:
    """Run trueup and return the process's exit status; meant to be all that the process does.

    ``--version`` alone is answered here, before anything else is imported: start-up is part of the feel.
    """
    if sys.argv[1:] == ["--version"]:
        from trueup import __version__  # noqa: PLC0415 - nothing is imported that is not needed

        return _say(f"trueup {__version__}\n")
    return _run()


def _run() -> int:
    """Run the command line; a signal during its imports, or between its parts, ends as one does inside."""
    from trueup.cli import signals  # noqa: PLC0415 - nothing is imported that is not needed

    try:
        signals.catch_signals()
        from trueup.cli.main import run  # noqa: PLC0415 - as above

        return run()
    except KeyboardInterrupt:
        try:
            from trueup.cli.main import interrupted  # noqa: PLC0415 - as above

            return interrupted(sys.argv[1:])
        except KeyboardInterrupt:
            return 130
    finally:
        signals.end()
        signals.ignore_signals()


def _say(text: str) -> int:
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
