r"""Keep text from acting on whatever reads a stream: a terminal, or the log of a GitHub runner.

Renderings escape the values that they show. This is applied once more to everything that is written, so that a text
that bypassed a rendering, or comes from a library, cannot act either.

A runner takes a line for a command when it starts with ``::`` behind any blanks, or holds ``##[`` anywhere. There the
first character is spelled as ``\u003a`` or ``\u0023``, which a JSON document reads as the same text.
"""

import re
from typing import Final

# Every start needs this module, and few need the patterns or what spells characters out: they wait until one does.
_KEPT: Final = r"(\n|\t|\x1b\[(?:0|1|2|31|32|33|1;31)m)"
_COMMAND: Final = r"(?m)^([^\S\n]*):(?=:)|#(?=#\[)"


def harmless(text: str, *, runner: bool) -> str:
    """Return a text whose lines only show: control characters are spelled out, but for our own colours.

    ``runner``: a GitHub runner reads it, so no line may be a workflow command. The text must start a line.
    """
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        from trueup.report.safe_text import visible  # noqa: PLC0415 - see above

        text = "".join(part if number % 2 else visible(part) for number, part in enumerate(re.split(_KEPT, text)))
    return re.sub(_COMMAND, _spelled, text) if runner and ("::" in text or "##[" in text) else text


def _spelled(match: re.Match[str]) -> str:
    return r"\u0023" if match[1] is None else rf"{match[1]}\u003a"
