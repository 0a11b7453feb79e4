"""Hold one HTTP answer, read whole and within bounds."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from trueup.bounded import parse_json
from trueup.errors import UnexpectedAnswer
from trueup.platforms.credentials import Secret, masked

SHOWN: Final = 200
"""How many characters of a body or message are shown to people."""

_LOOKED_AT: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Hold status, headers (found by their names in any case) and body of an answer.

    ``secrets`` are those that the answer could echo; they are masked in everything that is shown of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[Secret, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Say whether the status is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    def json(self) -> object:
        """Return the body as JSON; see :func:`~trueup.bounded.parse_json` on numbers.

        Raises :class:`~trueup.errors.UnexpectedAnswer` when it is none.
        """
        try:
            return parse_json(self.body)
        except ValueError:
            raise UnexpectedAnswer(
                f"the answer is not JSON (HTTP {self.status}): {self.shown()}", status=self.status
            ) from None

    def object(self) -> Mapping[str, object] | None:
        """Return the body as a JSON object, or None when it is anything else."""
        try:
            parsed = self.json()
        except UnexpectedAnswer:
            return None
        return parsed if isinstance(parsed, dict) else None

    def shown(self) -> str:
        """Return the start of the body as people may see it."""
        return self.words(self.body[:_LOOKED_AT].decode(errors="replace")) or "(empty body)"

    def words(self, text: str) -> str:
        """Return a text of this answer as people may see it: masked first, then cut, so that no half secret stays."""
        return shorten(masked(text, self.secrets)[: SHOWN * 4])

    def code(self, text: str, known: Container[str]) -> str:
        """Return a platform's code: as it is where it is ``known``, else as people may see it.

        A known code is decided upon, so it is never masked; it is a text of ours and cannot be a secret.
        """
        return text if text in known else self.words(text)


def text_of(value: object) -> str:
    """Return a text of an answer, ``""`` for anything else: what is nested is not put into words."""
    return value if isinstance(value, str) else ""


def shorten(text: str) -> str:
    """Return ``text`` on one line, without control characters, cut to what people read."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 3]}..."
