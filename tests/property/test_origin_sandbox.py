"""Whatever is sent to the sandbox's Origin, under whatever switches, it answers in the envelope and stays whole."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_api import CREATION, ORIGIN_ID, OriginApi
from trueup.sandbox.origin.shape import CERTIFICATION, Collection, Form, Leaf, Member, Need, Section, element_key
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

pytestmark = pytest.mark.slow

SERVICES = ("create", "update", "delete", "search")
ODD: st.SearchStrategy[Any] = st.sampled_from([None, "", [], {}, 0, True, 1.5, "x", ["x"], [[]], {"x": None}, " a "])
SPELLINGS = ("A", "B", "a", "\u00c4", "A\u0308")
TEXTS = st.sampled_from(
    [*SPELLINGS, "ORIGIN", "TRUE", "https://acme.example/a", "2008-09-15", "1.50", "VENDOR", "a@b.c"]
)


def values(member: Member) -> st.SearchStrategy[Any]:
    """Draw what may stand in a field: mostly of the right kind."""
    match member:
        case Leaf():
            right: st.SearchStrategy[Any] = TEXTS
        case Section():
            right = bodies(member.members)
        case Collection():
            behaviors = st.sampled_from(["ADD", "REMOVE", "SET"])
            elements = bodies(member.members, collectionBehavior=behaviors)
            right = st.lists(elements, max_size=3) | elements
    return st.one_of(right, right, right, ODD)


def bodies(members: tuple[Member, ...], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    """Draw an object with some of the fields."""
    optional = {member.name: values(member) for member in members} | more | {"color": ODD}
    return st.fixed_dictionaries({}, optional=optional)


GOOD = {
    Form.TEXT: [*SPELLINGS, " a "],
    Form.URL: ["https://acme.example/a", "http://acme.example/b"],
    Form.WEBSITE: ["www.acme.example", "https://acme.example"],
    Form.EMAIL: ["a@acme.example", "b@acme.example"],
    Form.DATE: ["2008-09-15", "2008-09-15T15:53:00"],
    Form.DECIMAL: ["1", "1.50"],
    Form.BOOLEAN: ["true", "false"],
}


def good(member: Member) -> st.SearchStrategy[Any]:
    """Draw what the page allows in a field."""
    match member:
        case Leaf():
            return st.sampled_from(member.allowed or GOOD[member.form])
        case Section(choice=True):
            return st.one_of(*(st.fixed_dictionaries({inner.name: good(inner)}) for inner in member.members))
        case Section():
            return filled(member.members)
        case Collection():
            behaviors = st.sampled_from(["ADD", "REMOVE"])
            elements = filled(member.members, collectionBehavior=behaviors)
            return st.lists(elements, min_size=1, max_size=3)


def filled(members: tuple[Member, ...], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    """Draw an object that holds what it needs, not empty."""
    needed = {
        member.name: good(member)
        for member in members
        if not isinstance(member, Collection) and member.need is not Need.NEVER
    }
    others = {member.name: good(member) for member in members if member.name not in needed}
    return st.fixed_dictionaries(needed | more, optional=others).filter(bool)


def switches() -> st.SearchStrategy[dict[str, Any]]:
    """Draw every switch of Origin that takes one of a few values."""
    hints = {name: hint for name, hint in get_type_hints(Settings).items() if name.startswith("origin_")}
    choices = {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}
    choices |= {name: (False, True) for name, hint in hints.items() if hint is bool}
    numbers = {"origin_search_lag": (0.0, 5.0), "origin_async_seconds": (0.0, 5.0), "origin_batch_limit": (0, 2)}
    return st.fixed_dictionaries({name: st.sampled_from(found) for name, found in (choices | numbers).items()})


ITEMS = st.one_of(
    filled(CERTIFICATION.members).map(lambda body: {"locale": "en", "originId": ORIGIN_ID, **body}),
    bodies(CERTIFICATION.members).map(lambda body: {"locale": "en", "originId": ORIGIN_ID, **body}),
    bodies(CERTIFICATION.members).map(lambda body: {**CREATION, **body}),
    bodies(CERTIFICATION.members, locale=TEXTS | ODD, originId=TEXTS | ODD, externalId=TEXTS | ODD),
    ODD,
)
CRITERIA = st.lists(ODD | st.fixed_dictionaries({"name": TEXTS | ODD, "value": TEXTS | ODD}))
SEARCHES = st.fixed_dictionaries(
    {"locale": st.sampled_from(["en", "fr"]), "pageNumber": st.just(1), "pageSize": st.just(10)},
    optional={
        "searchCriteria": ODD | st.lists(ODD | st.fixed_dictionaries({"name": TEXTS | ODD, "value": TEXTS | ODD}))
    },
)
REQUESTS = ODD | SEARCHES | st.fixed_dictionaries({"certifications": ODD | st.lists(ITEMS, min_size=1, max_size=3)})


ORDERS = st.sampled_from(["kept", "reversed", "sorted"])


@given(
    switches(), ORDERS, st.lists(st.tuples(st.sampled_from(SERVICES), st.booleans(), REQUESTS), min_size=1, max_size=4)
)
def test_every_answer_is_an_envelope_and_every_certification_stays_whole(
    chosen: dict[str, Any], order: str, requests: list[tuple[str, bool, Any]]
) -> None:
    api = OriginApi.seeded(**chosen, element_order=order)
    for service, later, body in requests:
        mode = "async/" if later and service != "search" else ""
        answer = api.post(f"{mode}certifications/{service}", body)
        envelope = answer.json()
        assert envelope["connectRequest"] == body
        (status,) = envelope["status"] if chosen["origin_status_form"] == "list" else [envelope["status"]]
        assert (answer.status_code == 200) is ("result" in envelope) is (status["state"] == "SUCCESS")
        api.clock.advance(2)
    api.clock.advance(10)
    api.search()  # carries out what was pending
    api.clock.advance(10)
    for document in api.store.list("default", "certification"):
        assert api.found("ORIGINID", document["originId"]) or document.get("archived")
        assert chosen["origin_translations"] == "second" or not list(doubled(CERTIFICATION, document, api))


def doubled(section: Section, body: Document, api: OriginApi) -> Iterator[str]:
    """Yield the collections in which two elements have one key, as the platform compares keys."""
    for member in section.members:
        inner = body.get(member.name)
        if isinstance(member, Section) and inner:
            yield from doubled(member, inner, api)
        elif isinstance(member, Collection) and inner:
            keys = [element_key(member, element, api.sandbox.settings) for element in inner]
            if len(set(keys)) < len(keys):
                yield member.name


@given(st.lists(ITEMS, min_size=1, max_size=3))
def test_a_refused_request_changes_nothing(items: list[Any]) -> None:
    api = OriginApi.seeded()
    before = api.store.list("default", "certification")
    answer = api.post("certifications/update", {"certifications": items})
    if answer.status_code != 200:
        assert api.store.list("default", "certification") == before


@given(filled(CERTIFICATION.members))
def test_what_the_page_allows_is_accepted_and_changes_nothing_the_second_time(body: Document) -> None:
    api = OriginApi.seeded(origin_density_check="none", origin_last_document="allow")
    assert api.update(body).status_code == 200
    once = api.live()
    assert api.update(body).status_code == 200
    assert keyed(api.live()) == keyed(once)


@given(
    st.sampled_from(["exact", "case", "unicode"]),
    st.lists(st.tuples(st.sampled_from(["ADD", "REMOVE"]), st.sampled_from(SPELLINGS)), min_size=1),
)
def test_elements_of_one_key_are_one_however_keys_are_compared(comparison: str, edits: list[tuple[str, str]]) -> None:
    api = OriginApi.seeded(origin_key_comparison=comparison)
    folds: dict[str, Callable[[str], str]] = {
        "exact": str,
        "case": str.casefold,
        "unicode": lambda name: normalize("NFC", name),
    }
    fold = folds[comparison]
    expected: dict[str, str] = {}
    for behavior, name in edits:
        api.update({"brands": [{"collectionBehavior": behavior, "name": name}]})
        if behavior == "REMOVE":
            expected.pop(fold(name), None)
        else:
            expected.setdefault(fold(name), name)
    assert [brand["name"] for brand in api.live()["brands"]] == list(expected.values())


def keyed(document: Any) -> Any:
    """Return a certification without the order of its elements: removing and adding one moves it to the end."""
    match document:
        case dict():
            return {name: keyed(value) for name, value in document.items()}
        case list():
            return sorted((keyed(element) for element in document), key=repr)
        case _:
            return document
