"""Print the shell command that README.md marks with ``<!-- command: NAME -->``.

The marker is a line by itself; the fenced code block below it is the command. CI runs what this prints, so that the
README shows only commands that work.
"""

import re
import sys
from pathlib import Path

BLOCK = re.compile(
    r"^<!-- command: (?P<name>[a-z-]+) -->\n+^```(?:bash|sh|console)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)


def commands(text: str) -> dict[str, str]:
    """Return the marked commands of a Markdown text by name; raises ValueError for a name that is marked twice."""
    found: dict[str, str] = {}
    for block in BLOCK.finditer(text):
        name = block["name"]
        if name in found:
            raise ValueError(f"command {name!r} is marked twice")
        found[name] = block["body"].strip()
    return found


def main(arguments: list[str]) -> int:
    """Print the command named by the argument; return 1 with a message when there is no such command."""
    readme = Path(__file__).resolve().parent.parent / "README.md"
    known = commands(readme.read_text(encoding="utf-8"))
    match arguments:
        case [name] if name in known:
            sys.stdout.write(known[name] + "\n")
            return 0
        case _:
            sys.stderr.write(f"usage: readme_command.py NAME, where NAME is one of: {', '.join(sorted(known))}\n")
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
