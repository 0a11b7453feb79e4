r"""Escape text that would act on the reader of a stream: a terminal, or the log of a GitHub runner.

Renderers escape the values that they show. This second pass covers everything else that is written, such as texts of
libraries.

A runner executes a line as a command when it starts with ``::`` after any blanks, or contains ``##[``. The first
character of these is written as ``\u003a`` or ``\u0023``, which is the same text in a JSON document.
"""

import re
from typing import Final

# Not compiled here, and safe_text is imported late: every start loads this module, and few starts need either.
# Of the escape sequences only the colours that `painted` writes: any other one could move the cursor or hide text.
_KEPT: Final = r"(\n|\t|\x1b\[(?:0|1|2|31|32|33|1;31)m)"
_COMMAND: Final = r"(?m)^([^\S\n]*):(?=:)|#(?=#\[)"


def harmless(text: str, *, runner: bool) -> str:
    """Return the text with control characters escaped, except for line breaks, tabs and our own colours.

    ``runner``: a GitHub runner reads it, so workflow commands are escaped as well. The text must start a line.
    """
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        from trueup.report.safe_text import visible  # noqa: PLC0415 - see above

        # The pattern has one group, so every second part is what it matched.
        text = "".join(part if number % 2 else visible(part) for number, part in enumerate(re.split(_KEPT, text)))
    return re.sub(_COMMAND, _spelled, text) if runner and ("::" in text or "##[" in text) else text


def _spelled(match: re.Match[str]) -> str:
    return r"\u0023" if match[1] is None else rf"{match[1]}\u003a"
