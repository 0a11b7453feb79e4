"""The rules that hold for every request of GitHub's REST API, and the words that all other rules are written in.

Each rule has its page below https://docs.github.com/rest beside it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from github.faults import PRIMARY
from github.state import Access, State, Token

DOCS: Final = "https://docs.github.com/rest"
VERSIONS: Final = ("2022-11-28",)
LARGEST_PAGE: Final = 100
DEFAULT_PAGE: Final = 30


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A list that is answered in pages; ``member`` is its name where the answer is an object with a total."""

    items: Sequence[Mapping[str, Any]]
    member: str = ""


@dataclass(frozen=True)
class Call:
    """A request that may be answered: parameters of its path, of its query, and its body."""

    state: State
    token: Token
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    files_url: str

    def number(self, name: str) -> int:
        """Return a parameter of the path that is a number; raise Refused where it is none."""
        text = self.path[name]
        if not text.isdecimal():
            raise NOT_FOUND
        return int(text)


@dataclass
class Refused(Exception):
    """An answer that refuses."""

    status: int
    message: str
    errors: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND: Final = Refused(404, "Not Found")


def invalid(resource: str, field_: str, message: str, code: str = "custom") -> Refused:
    """Return the refusal of a body that breaks a rule (using-the-rest-api/troubleshooting-the-rest-api)."""
    error = {"resource": resource, "field": field_, "code": code, "message": message}
    return Refused(422, "Validation Failed", (error,))


@dataclass(frozen=True)
class Route:
    """A kind of request: the rule that answers it, its page, and the permissions of which one is enough."""

    page: str
    rule: Callable[[Call], Answer | Listing]
    needs: tuple[str, ...]


def token_of(state: State, headers: Mapping[str, str]) -> Token:
    """Return who asks; ``headers`` have names in small letters. Raise Refused for what no rule lets in."""
    if not headers.get("user-agent"):
        # using-the-rest-api/getting-started-with-the-rest-api#user-agent
        raise Refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent")
    if headers.get("x-github-api-version", VERSIONS[0]) not in VERSIONS:
        # about-the-rest-api/api-versions: an unsupported version is answered with 400
        raise Refused(400, "The X-GitHub-Api-Version header names a version that is not supported")
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    token = state.tokens.get(secret) if scheme.lower() in ("bearer", "token") else None
    if token is None:
        # authentication/authenticating-to-the-rest-api#failed-login-limit
        raise Refused(401, "Bad credentials" if secret else "Requires authentication")
    if state.used > state.limit:
        # using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit: 1,000 an hour for GITHUB_TOKEN
        raise Refused(403, PRIMARY)
    return token


def require(token: Token, method: str, needs: tuple[str, ...]) -> None:
    """Raise Refused where a token has none of the permissions that a request needs.

    using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible; the permissions of each request:
    authentication/permissions-required-for-github-apps. Everyone who can see the repository may read its metadata.
    """
    access: Access = "read" if method == "GET" else "write"
    if "metadata" in needs or any(may(token, name, access) for name in needs):
        return
    accepted = "; ".join(f"{name}={access}" for name in needs)
    raise Refused(403, "Resource not accessible by integration", headers={"X-Accepted-GitHub-Permissions": accepted})


def may(token: Token, permission: str, access: Access) -> bool:
    """Return whether a permission is given; to write includes to read (actions/reference/workflow-syntax)."""
    given = token.permissions.get(permission)
    return given in ("write", access)


def page_of(listing: Listing, query: Mapping[str, str], address: str) -> Answer:
    """Return one page of a list, and the links to others.

    using-the-rest-api/using-pagination-in-the-rest-api: 30 a page, at most 100, links only where there are pages.
    """
    size = min(_natural(query.get("per_page"), DEFAULT_PAGE), LARGEST_PAGE)
    number = _natural(query.get("page"), 1)
    last = max(1, -(-len(listing.items) // size))
    to = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    kept = [f"{name}={value}" for name, value in query.items() if name != "page"]
    links = [
        f'<{address}?{"&".join([*kept, f"page={target}"])}>; rel="{name}"'
        for name, target in to.items()
        if (name in ("prev", "first") and number > 1) or (name in ("next", "last") and number < last)
    ]
    items = list(listing.items[(number - 1) * size : number * size])
    body = {"total_count": len(listing.items), listing.member: items} if listing.member else items
    return Answer(200, body, {"Link": ", ".join(links)} if links else {})


def _natural(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) else default
