"""Hypothesis strategies for what trueup compares and sends.

Alphabets are small on purpose: two values drawn apart are then often equal, nearly equal, or members of each other,
which is where comparisons go wrong. Values that differ in spelling only (``1.5`` and ``1.50``) are in them too.

``tables()``                 small field tables, of toy rows and of the rows of the real ones
``desired_fields(fields)``   managed fields of a table, in the form that diff takes
``live_fields(fields)``      live values of a table
``connector_specs()``        specs of Connector manifests, as the manifest reader gives them; valid by the schema
``certification_specs()``    the same for Certification manifests
``rewritten(spec)``          the same spec as a platform may return it: lists shuffled, members repeated
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import permutations, product
from typing import Any, TypeVar

from hypothesis import strategies as st

from deployment_strategies import deployment_specs
from strategy_values import LINE, REGIONS, Drawn
from trueup.kinds.registry import KINDS
from trueup.model.field import (
    Attribute,
    ChoiceField,
    Compare,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.identity import Kind
from trueup.model.lookalikes import repaired
from trueup.model.value import (
    ABSENT,
    NOT_RETURNED,
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Scalar,
    Value,
)

T = TypeVar("T")

Key = Callable[[Any], Hashable]

_TEXTS = ("a", "b", "A", "é", "ORIGIN")
_SCALARS: Mapping[Compare, Sequence[Scalar]] = {
    Compare.TEXT: _TEXTS,
    Compare.INTEGER: (1, 2, 30),
    Compare.DECIMAL: ("1.5", "1.50", "1.51", "0", "-0", "1E+1", "10", "0.10000000000000000001"),
    Compare.BOOLEAN: ("true", "false"),
    Compare.DATE: ("2024-02-01", "2024-02-01T00:00:00", "2024-02-01T09:30:00Z", "2024-02-01T09:30", "2024-02-02"),
}


def scalars(compare: Compare) -> st.SearchStrategy[Scalar]:
    """Draw a single value that is not empty."""
    return st.sampled_from(_SCALARS[compare])


TOY: tuple[Field, ...] = (
    ScalarField(path="text"),
    SetField(path="set", clearable=True),
    SetField(path="fixed", clearable=False, unset="all"),
    MembersField(path="members"),
    GroupField(path="group", parts=("url", "tag")),
    ChoiceField(path="choice", options=("name", "flag"), flags=("flag",)),
    KeyedField(path="plain", key=("name",)),
    KeyedField(path="pairs", key=("code", "type"), exclusive=("code",)),
    KeyedField(
        path="rich",
        key=("id",),
        attributes=(Attribute(path="reset", resettable=True), Attribute(path="value", required=True)),
    ),
    KeyedField(path="process", key=("name",), process=True),
    KeyedField(
        path="named.values", key=("part", "name"), names="named.*.values.*", attributes=(Attribute(path="value"),)
    ),
    KeyedField(
        path="named.policy",
        key=("part",),
        names="named.*.policy",
        attributes=(Attribute(path="kind", required=True), Attribute(path="size", compare=Compare.INTEGER)),
    ),
    KeyedField(
        path="named.secrets",
        key=("part", "name"),
        names="named.*.secrets.*",
        masked=True,
        attributes=(Attribute(path="from", required=True), Attribute(path="revision")),
    ),
)
"""One row of every kind of field that the model has."""


def tables(rows: Sequence[Field] = ()) -> st.SearchStrategy[tuple[Field, ...]]:
    """Draw a table of one to three rows.

    By default of every kind of field that there is, and of those of the real tables; otherwise of ``rows``.
    """
    real = [field for kind in KINDS.values() for field in kind.fields]
    drawn = st.sampled_from(rows) if rows else st.sampled_from(TOY) | st.sampled_from(real)
    return st.lists(drawn, min_size=1, max_size=3, unique_by=lambda row: row.path).map(tuple)


def desired_fields(fields: Sequence[Field], *, emptied: bool = True) -> st.SearchStrategy[Desired]:
    """Draw managed fields: most of the table's, some of them managed and empty unless ``emptied`` is false."""
    wanted = {field.path: _wanted(field, emptied=emptied) for field in fields}
    # What is not managed is worth a look, what is managed is worth many.
    return st.sampled_from([0, 0, 0, 1]).flatmap(
        lambda left_out: st.fixed_dictionaries(dict(list(wanted.items())[left_out:]))
    )


def live_fields(fields: Sequence[Field], *, not_returned: bool = True) -> st.SearchStrategy[Mapping[str, LiveValue]]:
    """Draw a live value for every field of the table; ``NOT_RETURNED`` among them unless told otherwise."""
    return st.fixed_dictionaries({field.path: _live(field, not_returned=not_returned) for field in fields})


@cache
def _wanted(field: Field, *, emptied: bool) -> st.SearchStrategy[Value]:
    least = 0 if emptied else 1
    match field:
        case ScalarField(compare=compare):
            return scalars(compare) | st.just("") if emptied else scalars(compare)
        case KeyedField():
            return _elements(field, least=least, emptied=emptied)
        case _:
            return _known(field, least=least)


@cache
def _live(field: Field, *, not_returned: bool) -> st.SearchStrategy[LiveValue]:
    known = _elements(field, least=1, emptied=False) if isinstance(field, KeyedField) else _known(field, least=1)
    unknown = st.just(NOT_RETURNED) if not_returned else st.nothing()
    return st.one_of(known.map(Known), known.map(Known), known.map(Known), st.just(ABSENT), unknown)


@cache
def _known(field: Field, *, least: int) -> st.SearchStrategy[Value]:
    match field:
        case ScalarField(compare=compare):
            return scalars(compare)
        case SetField() | MembersField():
            return _arranged(_TEXTS[:4], least=least).map(Members)
        case GroupField(parts=parts):
            return st.fixed_dictionaries(dict.fromkeys(parts, scalars(Compare.TEXT))).map(Parts)
        case ChoiceField():
            return _choice(field)
        case KeyedField():
            return _elements(field, least=least, emptied=False)


@cache
def _choice(field: ChoiceField) -> st.SearchStrategy[Value]:
    options: list[st.SearchStrategy[Attributes]] = [
        st.fixed_dictionaries({option: st.just("TRUE") if option in field.flags else scalars(Compare.TEXT)})
        for option in field.options
    ]
    return st.one_of(options).map(Parts)


@cache
def _elements(field: KeyedField, *, least: int, emptied: bool) -> st.SearchStrategy[Value]:
    keys = [(text,) for text in _TEXTS[:3]] if len(field.key) == 1 else list(product(_TEXTS[:2], repeat=len(field.key)))
    required = {a.path: scalars(a.compare) for a in field.attributes if a.required}
    free = {
        a.path: scalars(a.compare) | st.just("") if emptied else scalars(a.compare)
        for a in field.attributes
        if not a.required
    }
    attributes = st.fixed_dictionaries(required, optional=free)
    return (
        _arranged(keys, least=least)
        .flatmap(lambda drawn: st.fixed_dictionaries(dict.fromkeys(drawn, attributes)))
        .map(Elements)
    )


def _arranged(values: Sequence[T], *, least: int) -> st.SearchStrategy[tuple[T, ...]]:
    """Draw up to three of the values in any order, every arrangement alike: drawn lists are mostly empty."""
    return st.sampled_from([drawn for size in range(least, 4) for drawn in permutations(values, size)])


_URLS = st.sampled_from(["https://acme.example/a", "https://acme.example/b.git", "www.acme.example"])
_DECIMALS = st.one_of(
    st.integers(0, 500),
    st.decimals(0, 500, places=2, allow_nan=False, allow_infinity=False),
    st.sampled_from(["1", "1.50", "0.5", "250"]),
)
_DATES = st.sampled_from(["2024-02-01", "2008-09-15T15:53:00", "2030-01-01T00:00:00Z"])
_TYPES = ("tax", "oms", "psp", "pim", "search", "email", "giftcard", "other")
_PROJECTS = ("europe-west1.gcp:shop-1", "europe-west1.gcp:shop-2", "us-central1.gcp:outlet")


def _some(values: Sequence[str], *, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True)


def connector_specs(*, emptied: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Draw a spec with all that creation needs; lists are never empty unless ``emptied``."""
    least = 0 if emptied else 1
    creator = st.fixed_dictionaries(
        {"email": st.sampled_from(["dev@acme.example", "ops@acme.example"])},
        optional={
            "name": LINE,
            "title": LINE,
            "company": LINE,
            "logoUrl": _URLS,
            "noOfContributors": st.integers(1, 500),
            "supportUrl": _URLS,
        },
    )
    repository = st.fixed_dictionaries(
        {"url": st.just("git@github.com:acme/tax.git"), "tag": st.sampled_from(["v1.0.0", "v1.1.0", "2.10"])}
    )
    return st.fixed_dictionaries(
        {"name": LINE, "creator": creator, "repository": repository},
        optional={
            "description": LINE,
            "integrationTypes": _some(_TYPES, least=least),
            "supportedRegions": _some(REGIONS, least=1),
            "privateProjects": _some(_PROJECTS, least=least),
            "documentationUrl": _URLS,
        },
    )


def certification_specs(*, emptied: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Draw a spec with all that creation needs; collections are never empty unless ``emptied``.

    A density limit always comes with a content compliance, as ``origin-api.md`` section 4.3 asks.
    """
    least = 0 if emptied else 1
    code = st.fixed_dictionaries({"code": st.sampled_from(["EPD", "ISO 9001", "CARB SCM (2007)"])})
    coded = _objects({"standard": code}, key=lambda element: element["standard"]["code"], least=least)
    return st.fixed_dictionaries(
        {
            "standard": code,
            "reportingBody": st.sampled_from([{"name": "Veritas"}, {"selfReported": True}, {"selfReported": "TRUE"}]),
            "url": _URLS,
        },
        optional={
            "certificateNumber": LINE.map(repaired).filter(bool),
            "issueDate": _DATES,
            "expiryDate": _DATES,
            "additionalsDocuments": _objects({"originalUrl": _URLS}, key="originalUrl", least=least),
            "brands": _objects({"name": _name()}, {"website": _URLS}, key="name", least=least),
            "contacts": _objects({"externalId": _name()}, _CONTACT, key="externalId", least=least),
            "channels": st.just([{"name": "ORIGIN"}]),
            "regulatoryStandardCompliances": _objects({"code": _name()}, key="code", least=least),
            "featuresCustoms": _objects({"name": _name(), "value": LINE}, key="name", least=least),
            "featuresProperties": _objects({"code": _name(), "value": LINE}, key="code", least=least),
            "voc": _vocs(code, coded, least=least),
        },
    )


def specs_of(kind: Kind, *, emptied: bool = False) -> st.SearchStrategy[dict[str, object]]:
    """Draw a spec of a kind with all that creation needs."""
    drawn = {"Connector": connector_specs, "Deployment": deployment_specs, "Certification": certification_specs}
    return drawn[kind](emptied=emptied)


_CONTACT: Mapping[str, Drawn] = {
    "type": st.sampled_from(["MANUFACTURER", "AUDITOR", "VENDOR"]),
    "companyName": LINE,
    "name": LINE,
    "website": _URLS,
    "postalAddress": LINE,
    "phone": LINE,
    "email": st.just("sales@acme.example"),
}


def _name() -> st.SearchStrategy[str]:
    return st.sampled_from(["ACME Inc.", "Acme Ltd", "acme inc."])


def _vocs(
    code: st.SearchStrategy[object], coded: st.SearchStrategy[object], *, least: int
) -> st.SearchStrategy[object]:
    pairs = _objects(
        {"standard": code, "productTypeCode": st.sampled_from(["Graphic arts (sign) coatings", "Primers"])},
        key=lambda element: (element["standard"]["code"], element["productTypeCode"]),
        least=1,
    )
    compound: Mapping[str, Drawn] = {
        "CAS": st.sampled_from(["109-99-9", "67-64-1"]),
        "name": LINE,
        "percentByWeight": _DECIMALS,
    }
    content = st.fixed_dictionaries(
        {"regulatoryStandardCompliances": pairs},
        optional={
            "densityLimitGL": _DECIMALS,
            "containsAddedMCPCE": st.sampled_from([True, False, "true", "FALSE"]),
            "regulatoryStandardCustoms": coded,
            "testMethods": coded,
            "exemptCompounds": _objects(compound, key="CAS", least=least),
        },
    )
    emission = st.fixed_dictionaries(
        {}, optional={"densityMin": _DECIMALS, "densityMax": _DECIMALS, "regulatoryStandardCompliances": coded}
    )
    return st.fixed_dictionaries({}, optional={"content": content, "emission": emission})


def _objects(
    required: Mapping[str, Drawn], optional: Mapping[str, Drawn] | None = None, *, key: str | Key, least: int
) -> Drawn:
    return st.lists(
        st.fixed_dictionaries(dict(required), optional=dict(optional or {})),
        min_size=least,
        max_size=3,
        unique_by=key if callable(key) else (lambda element: element[key]),
    )


def rewritten(node: object) -> st.SearchStrategy[object]:
    """Draw the same tree as a platform may return it: every list shuffled, some of its items twice.

    Numbers become JSON numbers or text, decimals with more digits, as Origin may return either.
    """
    match node:
        case bool():
            return st.just(node)
        case Decimal():
            return st.sampled_from([format(node, "f"), format(node, ".4f"), float(node)])
        case int():
            return st.sampled_from([node, str(node)])
        case dict():
            return st.fixed_dictionaries({key: rewritten(value) for key, value in node.items()})
        case list():
            repeated = st.lists(st.sampled_from(node), max_size=2) if node else st.just([])
            return st.tuples(st.permutations(node), repeated).flatmap(
                lambda drawn: st.tuples(*(rewritten(item) for item in [*drawn[0], *drawn[1]])).map(list)
            )
        case _:
            return st.just(node)
