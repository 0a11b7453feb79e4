"""Describe what is live: the first plan of what was written is empty, whatever is live."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategies import certification_specs, connector_specs, live_fields
from trueup.diff.equality import holds
from trueup.edit.describe import Description, FileNames, describe
from trueup.edit.yaml_style import compose
from trueup.history.globs import ManifestMatcher
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.yaml_file import read_yaml
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Lifecycle, Live, Reading
from trueup.model.manifest import Manifest
from trueup.model.plan import Verdict
from trueup.model.reader import Wanted
from trueup.model.value import Known, NotReturned
from trueup.plan.build import build_plan
from trueup.plan.resource import plan_resource
from trueup.platforms.open import open_platforms
from trueup.platforms.settings import SystemClock
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.server import open_embedded
from unit.edit.adopting import PROJECT

pytestmark = pytest.mark.slow

HERE = replace(
    PROJECT,
    root=Path("/project"),
    file=Path("/project/trueup.yaml"),
    manifests=("connectors/**/*.yaml", "certifications/*.yaml"),
)
# test_deployments.py imports deployments: what is live of them depends on what their connector declares.
IDENTITIES = {
    Kind.CONNECTOR: Identity("eu", Kind.CONNECTOR, IdField.KEY, "acme-tax"),
    Kind.CERTIFICATION: Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "ACME/1: no"),
}
LOOKALIKES = ["no", "1:30", "null", "~", "true", "1e3", "0o17", "0x1F", ".5", "1_000", "2008-09-15", "<<", "="]
SIGNS = [
    "- a",
    "a: b",
    "a #b",
    "#",
    "---",
    "%a",
    "@a",
    "'",
    '"',
    "&a",
    "*a",
    "!a",
    "{a",
    "[a",
    "a,",
    "|",
    "?",
    ":",
    "-",
]
SPACES = [" lead", "trail ", "two\nlines", "two\nlines\n", "\nfirst", "last\n\n", "a\n  b\n\n c", "tab\tin", "a \nb"]
CONTROLS = ["a\r\nb", "\r", "\x85", "\u2028", "\ufeff", "\uffff", "\U0001fffe", "\x00", "\x1b[31m", "e\u0301", "é😀"]
WORDS = "word " * 40
LONG = [f"{WORDS}end", f"# {WORDS}end", f"{WORDS}\nend", "two  spaces " * 20 + "end", "a" * 300, "../../etc"]
ODD = [*LOOKALIKES, *SIGNS, *SPACES, *CONTROLS, *LONG]
TEXTS = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)

Drawn = Mapping[str, Any]


@st.composite
def connectors(draw: st.DrawFn) -> Drawn:
    """Draw a connector as it may live, in any state."""
    spec: dict[str, Any] = {**draw(connector_specs()), "name": draw(TEXTS)}
    states = {
        "status": st.sampled_from(
            ["Draft", "Processing", "ReadyForCertification", "InCertification", "Published", "Failed"]
        ),
        "isPreviewable": st.sampled_from(["none", "pending", "true", "false"]),
        "private": st.booleans(),
        "alreadyListed": st.booleans(),
        "hasChanges": st.booleans(),
    }
    optional = draw(st.fixed_dictionaries({}, optional={"description": TEXTS}))
    return {"key": "acme-tax", **spec, **optional, **draw(st.fixed_dictionaries({}, optional=states))}


@st.composite
def certifications(draw: st.DrawFn) -> Drawn:
    spec: dict[str, Any] = {**draw(certification_specs()), "certificateNumber": draw(TEXTS)}
    for collection, name in (("brands", "name"), ("contacts", "postalAddress"), ("featuresCustoms", "value")):
        for element in spec.get(collection, ()):
            element[name] = draw(TEXTS)
    brands = {brand["name"]: brand for brand in spec.get("brands", ())}
    return {"externalId": "ACME/1: no", **spec, **({"brands": list(brands.values())} if brands else {})}


@settings(max_examples=min(settings().max_examples, 100))  # each opens a sandbox and two sessions with it
@given(connectors(), certifications(), st.booleans())
def test_import_then_plan_is_empty_over_whatever_lives_in_the_sandbox(
    connector: Drawn,
    certification: Drawn,
    lifecycle: bool,  # noqa: FBT001 - drawn
) -> None:
    async def story() -> None:
        sandbox = open_embedded(None, None, list(HERE.targets))
        apply_seed(sandbox.sandbox.store, "eu", {"connectors": [connector]})
        apply_seed(sandbox.sandbox.store, "origin", {"certifications": [certification]})
        async with open_platforms(HERE.targets, env={}, clock=SystemClock(), sandbox=sandbox) as platforms:
            found = dict((await platforms.surveyors["eu"].survey("eu", Kind.CONNECTOR)).readings)
            identity = IDENTITIES[Kind.CERTIFICATION]
            found[identity] = await platforms.readers["origin"].read(Wanted(identity))
            manifests = [imported(identity, reading, lifecycle=lifecycle) for identity, reading in found.items()]
            plan = await build_plan(manifests, platforms.readers)
        sandbox.close()
        assert [m.identity for m in manifests] == list(IDENTITIES.values())
        assert [(r.verdict, r.actions) for r in plan.resources] == [(Verdict.UNCHANGED, ())] * 2

    asyncio.run(story())


def imported(identity: Identity, reading: Reading, *, lifecycle: bool) -> Manifest:
    """Describe one resource, and hold every value against the one that lives."""
    assert isinstance(reading, Live), reading
    described = describe(HERE, identity, reading, lifecycle=lifecycle)
    assert described.reason == ""
    manifest = read(described)
    wanted = KINDS[identity.kind].desired(manifest.spec)
    known = {path: live.value for path, live in reading.fields.items() if isinstance(live, Known)}
    omitted = {path for path, _ in described.omitted}
    assert known.keys() - omitted == wanted.keys()
    # A certification's key may hold what no manifest takes; a connector's texts may be anything.
    assert identity.kind is Kind.CERTIFICATION or not omitted
    assert {path: wanted[path] for path in wanted} == {path: known[path] for path in wanted}
    return manifest


def read(described: Description) -> Manifest:
    loaded = load_texts(HERE, [("a.yaml", described.text.encode())])
    assert [d for d in loaded.diagnostics if d.severity == "error"] == []
    (manifest,) = loaded.manifests
    return manifest


LIFECYCLES = st.builds(
    Lifecycle,
    status=st.sampled_from(["Draft", "Processing", "InCertification", "Published", "Published", "Failed", "Odd"]),
    previewable=st.sampled_from(["none", "pending", "true", "false", "odd"]),
    private=st.booleans(),
    listed=st.booleans(),
    has_changes=st.booleans(),
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[Identity, Live]:
    """Draw live values of which many are such as no manifest can say."""
    kind = draw(st.sampled_from(list(IDENTITIES)))
    fields = draw(live_fields(KINDS[kind].fields))
    connector = kind is Kind.CONNECTOR
    lifecycle = draw(LIFECYCLES) if connector else None
    return IDENTITIES[kind], Live(fields=fields, remote_id="id", version=1 if connector else None, lifecycle=lifecycle)


@settings(max_examples=min(settings().max_examples, 100))  # each writes, parses and checks several files
@given(lives(), st.booleans())
def test_every_value_is_in_the_manifest_or_said_to_be_left_out(
    drawn: tuple[Identity, Live],
    lifecycle: bool,  # noqa: FBT001 - drawn
) -> None:
    identity, live = drawn
    described = describe(HERE, identity, live, lifecycle=lifecycle)
    assert described.reason == ""
    manifest = read(described)
    kind = KINDS[identity.kind]
    wanted = kind.desired(manifest.spec)
    omitted = dict(described.omitted)
    for field in kind.fields:
        value = live.fields[field.path]
        if isinstance(value, Known):
            assert (field.path in omitted) != (field.path in wanted and holds(field, wanted[field.path], value))
        else:
            assert field.path not in wanted
            assert (field.path in described.not_returned) == isinstance(value, NotReturned)
    assert all(omitted.values())
    planned = plan_resource(manifest, live)
    assert (planned.verdict, planned.actions) == (Verdict.UNCHANGED, ())


@given(st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS) | st.dictionaries(TEXTS, TEXTS)))
def test_whatever_is_written_is_read_back_character_by_character(drawn: dict[str, Any]) -> None:
    text = compose(drawn)
    result = read_yaml(text.encode(), "a.yaml")
    assert [d.message for d in result.diagnostics] == []
    assert [document.root for document in result.documents] == [drawn]


@given(st.lists(TEXTS | st.sampled_from(["trueup", "CON", "nul.x", "A", "a", "A-B", "A/B", ".", ".."]), unique=True))
@example(["A/B", "A:B", "a-b"])
def test_names_of_files_are_apart_and_where_the_project_looks(drawn: Sequence[str]) -> None:
    names = FileNames()
    reach = ManifestMatcher(HERE, (), cwd=HERE.root)
    made = [names.name("f", Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, text)) for text in drawn]
    assert len({name.casefold() for name in made}) == len(drawn)
    assert all("/" not in name and len(name.encode()) < 200 for name in made)
    assert all(reach.wants(f"certifications/{name}") for name in made)
