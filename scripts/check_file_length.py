"""Fail when a Python file below the given folders has more than 400 lines. Such a file should be split."""

import sys
from pathlib import Path

LIMIT = 400


def too_long(folders: list[Path]) -> list[tuple[Path, int]]:
    """Return the files above the limit with their number of lines, sorted by path."""
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    lengths = ((file, len(file.read_text(encoding="utf-8").splitlines())) for file in files)
    return [(file, length) for file, length in lengths if length > LIMIT]


def main(arguments: list[str]) -> int:
    """Check the folders in the arguments; return 1 when a file is too long or a folder is missing."""
    folders = [Path(argument) for argument in arguments]
    missing = [folder for folder in folders if not folder.is_dir()]
    for folder in missing:
        sys.stderr.write(f"{folder}: no such folder\n")
    found = too_long(folders)
    for file, length in found:
        sys.stderr.write(f"{file}: {length} lines, more than {LIMIT}\n")
    return 1 if missing or found or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
