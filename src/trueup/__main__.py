"""Start the command line."""

import sys


def main() -> int:
    """Run trueup and return the process's exit status.

    ``--version`` alone is answered here, before anything is imported: start-up is part of the feel.
    """
    if sys.argv[1:] == ["--version"]:
        from trueup import __version__  # noqa: PLC0415 - nothing is imported that is not needed

        sys.stdout.write(f"trueup {__version__}\n")
        return 0
    from trueup.cli.main import run  # noqa: PLC0415 - as above

    return run()


if __name__ == "__main__":
    sys.exit(main())
