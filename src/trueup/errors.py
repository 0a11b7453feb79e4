"""Tell users what went wrong, in one of two ways.

A :class:`Diagnostic` is data: something in the user's files that the user can correct. All of a run's diagnostics are
collected and shown together. Everything else is an exception of this tree::

    TrueupError
    ├── UsageError            the command line asks for something that makes no sense
    ├── InvalidInput          carries diagnostics: manifests, the project file or the environment are wrong
    ├── PlanOutdated          the manifests are not those that a saved plan was made from
    ├── GitFailed             git is not installed, or cannot give what another commit held
    ├── Refused               a safety rule forbids it; names the option that would allow it
    ├── Interrupted           the user or the system asked to stop
    └── PlatformError         a platform, or the way to it
        ├── NotAuthorised     401 or 403, CE00002: the credentials are not accepted; stops the target
        ├── NotFound          the resource does not exist
        ├── Conflict          409: somebody else wrote first
        ├── Busy              the platform is processing the resource and takes no changes now
        ├── Rejected          the platform refuses the content (400, 422, CE00001); repeating cannot help
        ├── LimitReached      CE00003: the account's package does not allow it
        ├── Unavailable       no usable answer to a read, after all retries; nothing was changed
        ├── UnexpectedAnswer  an answer that is not of the documented shape; nothing may be concluded
        └── OutcomeUnknown    a write whose answer was lost or means nothing: it may have been taken
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trueup.model.position import Position
from trueup.model.url_secrets import hide_secrets


class Severity(StrEnum):
    """Grade a diagnostic: only errors make the input invalid."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """Say what is wrong at a place of the user's input.

    ``code`` is stable and documented (``unknown-field``). ``message`` says what is wrong in one sentence; ``allowed``
    says what would be right; ``hint`` is a suggestion ("did you mean ..."). ``path`` is the dotted path of the node
    (``spec.brands[0].name``), empty where there is none. ``quotable`` False: the line at ``position`` may hold a secret
    and must not be shown. A secret in a URL is masked in every text, whatever the diagnostic is about.
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
    """Be the root of every exception that trueup raises on purpose; its text is meant for users."""


class UsageError(TrueupError):
    """The command line asks for something that makes no sense."""


class InvalidInput(TrueupError):
    """Manifests, the project file or the environment are wrong; ``diagnostics`` says where and how."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.position}: {d.message}" for d in self.diagnostics))


class PlanOutdated(TrueupError):
    """The manifests are not those that a saved plan was made from."""


class GitFailed(TrueupError):
    """Git is not installed, or cannot give what another commit held."""


class Refused(TrueupError):
    """A safety rule forbids it; the text names the narrow option that would allow it."""


class Interrupted(TrueupError):
    """The user or the system asked to stop."""


class PlatformError(TrueupError):
    """A platform, or the way to it, failed.

    ``status`` is the HTTP status or None when there was no answer; ``code`` is the platform's own code of its first
    error or empty; ``messages`` are the platform's own words, one an error, for people only.
    """

    def __init__(self, text: str, *, status: int | None = None, code: str = "", messages: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.messages = tuple(messages)


class NotAuthorised(PlatformError):
    """The credentials are not accepted, or do not allow this."""


class NotFound(PlatformError):
    """The resource does not exist."""


class Conflict(PlatformError):
    """Somebody else wrote first: the version that was sent is not the current one."""


class Busy(PlatformError):
    """The platform is processing the resource and takes no changes now."""


class Rejected(PlatformError):
    """The platform refuses the content; sending it again cannot help."""


class LimitReached(PlatformError):
    """The account's package does not allow it."""


class Unavailable(PlatformError):
    """No usable answer to a read after all retries, or a write that was certainly not taken; nothing was changed.

    ``after``: the platform refused a write for now, and asked to wait this many seconds (0 when it named no time)
    before it is sent again; None for everything else. ``down``: the target as a whole does not answer, so that nothing
    more need be asked of it.
    """

    after: float | None = None
    down: bool = False


class UnexpectedAnswer(PlatformError):
    """An answer that is not of the documented shape; nothing may be concluded from it."""


class OutcomeUnknown(PlatformError):
    """A write whose answer was lost or means nothing: it may have been taken. Read before doing anything else."""
