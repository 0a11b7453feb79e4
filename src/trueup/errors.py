"""The two ways to report what went wrong: diagnostics and exceptions.

A :class:`Diagnostic` is data: a problem in the user's files that the user can correct. All diagnostics of a run are
collected and shown together. Everything else is an exception of this tree::

    TrueupError
    ├── UsageError            the command line is wrong
    ├── InvalidInput          carries diagnostics: manifests, the project file or the environment are wrong
    ├── PlanOutdated          the manifests are not those that a saved plan was made from
    ├── GitFailed             git is not installed, or cannot read what another commit held
    ├── Refused               a safety rule forbids it; names the option that would allow it
    ├── Interrupted           the user or the system asked to stop
    └── PlatformError         a platform, or the connection to it, failed
        ├── NotAuthorised     401 or 403, CE00002: the credentials are not accepted; stops the target
        ├── NotFound          the resource does not exist
        ├── Conflict          409: another writer was first
        ├── Busy              the platform is processing the resource and takes no changes now
        ├── Rejected          the platform refuses the content (400, 422, CE00001); a retry cannot help
        ├── LimitReached      CE00003: a limit of the account's package is reached
        ├── Unavailable       no usable answer to a read, after all retries; nothing was changed
        ├── UnexpectedAnswer  an answer without the documented shape; it proves nothing
        └── OutcomeUnknown    a write whose answer was lost or is meaningless: it may have been applied
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trueup.model.position import Position
from trueup.model.url_secrets import hide_secrets


class Severity(StrEnum):
    """The severity of a diagnostic; only errors make the input invalid."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A problem at one position of the user's input.

    ``code`` is stable and documented (``unknown-field``). ``message`` says what is wrong in one sentence; ``allowed``
    says what would be valid; ``hint`` is a suggestion ("did you mean ..."). ``path`` is the dotted path of the node
    (``spec.brands[0].name``), empty if there is none. ``quotable`` is False if the line at ``position`` may hold a
    secret and must not be shown. Secrets in URLs are masked in every text.
    """

    severity: Severity = Severity.ERROR
    code: str
    message: str
    position: Position
    path: str = ""
    allowed: str = ""
    hint: str = ""
    quotable: bool = True

    def __post_init__(self) -> None:
        for name in ("message", "path", "allowed", "hint"):
            text = getattr(self, name)
            if "@" in text:
                object.__setattr__(self, name, hide_secrets(text))


class TrueupError(Exception):
    """The base class of every exception that trueup raises on purpose; its text is meant for users."""


class UsageError(TrueupError):
    """The command line is wrong: an option, an argument or a combination of them."""


class InvalidInput(TrueupError):
    """Manifests, the project file or the environment are wrong; ``diagnostics`` says where and how."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.position}: {d.message}" for d in self.diagnostics))


class PlanOutdated(TrueupError):
    """The manifests are not those that a saved plan was made from."""


class GitFailed(TrueupError):
    """Git is not installed, or cannot read what another commit held."""


class Refused(TrueupError):
    """A safety rule forbids it; the text names the narrow option that would allow it."""


class Interrupted(TrueupError):
    """The user or the system asked to stop."""


class PlatformError(TrueupError):
    """A platform, or the connection to it, failed.

    ``status`` is the HTTP status, None when there was no answer; ``code`` is the platform's code of its first error,
    empty if it has none; ``messages`` are the platform's own texts, one for each error, and only for people.
    ``correlation_id`` is the one that the request was sent with, empty if none was sent.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int | None = None,
        code: str = "",
        messages: Sequence[str] = (),
        correlation_id: str = "",
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.messages = tuple(messages)
        self.correlation_id = correlation_id


def for_support(correlation_id: str) -> str:
    """Return what to give to the platform's support about a failed request, empty without a correlation id."""
    # The platform logs a request under this id (connect-api.md section 1), so no header or body has to be sent.
    return f"For the platform's support: correlation id {correlation_id}." if correlation_id else ""


def explained(error: Exception) -> str:
    """Return the text of an error, with what to give to the platform's support if a request has failed."""
    support = for_support(error.correlation_id) if isinstance(error, PlatformError) else ""
    return f"{error} {support}" if support else str(error)


def rewritten(kind: type[PlatformError], text: str, error: PlatformError) -> PlatformError:
    """Return an error of another kind with another text, for the same request."""
    return kind(
        text,
        status=error.status,
        code=error.code,
        messages=error.messages,
        correlation_id=error.correlation_id,
    )


class NotAuthorised(PlatformError):
    """The credentials are not accepted, or do not allow this."""


class NotFound(PlatformError):
    """The resource does not exist."""


class Conflict(PlatformError):
    """Another writer was first: the version that was sent is not the current one."""


class Busy(PlatformError):
    """The platform is processing the resource and takes no changes now."""


class Rejected(PlatformError):
    """The platform refuses the content; a retry cannot help."""


class LimitReached(PlatformError):
    """A limit of the account's package is reached."""


class Unavailable(PlatformError):
    """No usable answer to a read after all retries, or a write that was certainly not applied. Nothing was changed.

    ``after`` is set if the platform refused a write temporarily: the seconds that it asked to wait before a retry (0
    when it named no time); else None. ``down`` is True if the whole target does not answer, so that the run sends it no
    more requests.
    """

    after: float | None = None
    down: bool = False


class UnexpectedAnswer(PlatformError):
    """An answer without the documented shape; it proves nothing."""


class OutcomeUnknown(PlatformError):
    """A write whose answer was lost or is meaningless: it may have been applied. Read before doing anything else."""


class NoBody(OutcomeUnknown):
    """A write that was answered with success and nothing else, where a platform may leave out the resource."""
