"""Manifests for several targets: what they are for each of them, where their values are, and what is wrong in them."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from documents import certification, changed, connector
from trueup.manifest import validate
from trueup.manifest.load import Loaded, is_selected, load_texts
from trueup.manifest.project import Project
from trueup.manifest.rules import dated_warnings
from trueup.manifest.schema import accepts, schema
from trueup.manifest.variants import merged, origin
from trueup.model.identity import ConnectTarget, Kind, OriginTarget, Targets
from trueup.model.manifest import Manifest, State
from trueup.model.position import Position

HERE = Position("trueup.yaml", 1, 1)
CONNECT = {name: ConnectTarget(name=name, api_url="", auth_url="", position=HERE) for name in ("dev", "test", "live")}
ORIGIN = {name: OriginTarget(name=name, base_url="", position=HERE) for name in ("blue", "green")}
TEXT = """\
apiVersion: trueup/v1
kind: Connector
metadata:
  key: tax
  targets: [dev, test, live]
spec:
  name: Tax
  creator: {email: dev@acme.example}
  repository: {url: "git@github.com:acme/tax.git", tag: v1}
  supportedRegions: [europe-west1.gcp, us-central1.gcp]
variants:
  dev:
    spec:
      repository: {tag: v2}
      supportedRegions: [us-east-2.aws]
  live:
    lifecycle: {protect: true}
"""


def load(text: str, targets: Targets | None = None) -> Loaded:
    every: Targets = {**CONNECT, **ORIGIN} if targets is None else targets
    project = Project(root=Path("/"), file=None, manifests=(), targets=every, seed=None)
    return load_texts(project, [("tax.yaml", text.encode())])


def manifests(text: str = TEXT) -> Mapping[str, Manifest]:
    loaded = load(text)
    assert loaded.diagnostics == ()
    return {manifest.identity.target: manifest for manifest in loaded.manifests}


def problems(text: str) -> list[tuple[str, str, str]]:
    """Return the code, the place and the message of each problem."""
    found = load(text).diagnostics
    return [(p.code, f"{p.position.line}:{p.position.column}", p.message) for p in found]


def test_a_document_is_one_manifest_for_each_of_its_targets() -> None:
    loaded = load(TEXT)
    assert [m.identity.target for m in loaded.manifests] == ["dev", "test", "live"]
    assert {m.identity.value for m in loaded.manifests} == {"tax"}
    assert {m.targets for m in loaded.manifests} == {("dev", "test", "live")}
    assert (loaded.files, loaded.documents) == (1, 1)


def test_mappings_are_merged_and_lists_replaced() -> None:
    found = manifests()
    url = "git@github.com:acme/tax.git"
    assert found["dev"].spec["repository"] == {"url": url, "tag": "v2"}
    assert found["test"].spec["repository"] == {"url": url, "tag": "v1"}
    assert found["dev"].spec["supportedRegions"] == ["us-east-2.aws"]
    assert found["live"].spec["supportedRegions"] == ["europe-west1.gcp", "us-central1.gcp"]
    assert [found[name].lifecycle.protect for name in ("dev", "test", "live")] == [False, False, True]


@pytest.mark.parametrize(
    ("shared", "own", "wanted"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_two_mappings_are_merged_name_by_name(shared: Any, own: Any, wanted: Any) -> None:
    before = json.dumps([shared, own])
    assert merged(shared, own) == wanted
    assert json.dumps([shared, own]) == before


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ((), {"dev": "1:1", "live": "1:1"}),
        (("metadata", "key"), {"dev": "4:3", "live": "4:3"}),
        (("metadata", "target"), {"dev": "5:13", "test": "5:18", "live": "5:24"}),
        (("spec",), {"dev": "6:1", "live": "6:1"}),
        # The variant has a part of the mapping: that is what differs on this target.
        (("spec", "repository"), {"dev": "14:7", "live": "9:3"}),
        (("spec", "repository", "branch"), {"dev": "9:3", "live": "9:3"}),
        (("spec", "repository", "url"), {"dev": "9:16", "live": "9:16"}),
        (("spec", "repository", "tag"), {"dev": "14:20", "test": "9:52", "live": "9:52"}),
        (("spec", "supportedRegions"), {"dev": "15:7", "test": "10:3"}),
        (("spec", "supportedRegions", 0), {"dev": "15:26", "test": "10:22"}),
        # There is no second region in dev. The position is that of the list, as for any path that does not exist.
        (("spec", "supportedRegions", 1), {"dev": "15:7", "test": "10:40"}),
        (("spec", "creator", "name"), {"dev": "8:3", "live": "8:3"}),
        (("lifecycle", "protect"), {"live": "17:17"}),
        (("lifecycle",), {"dev": "1:1", "live": "17:5"}),
    ],
)
def test_a_position_is_in_the_block_that_the_value_comes_from(path: tuple[str, ...], places: dict[str, str]) -> None:
    found = {name: manifest.positions.at(path) for name, manifest in manifests().items() if name in places}
    assert {name: f"{at.line}:{at.column}" for name, at in found.items()} == places


def test_the_origin_of_a_value_is_the_block_that_gives_it() -> None:
    document = {"spec": {"a": {"b": 1}}, "variants": {"t": {"spec": {"a": {"c": 2}, "d": {"e": 3}}}}}
    assert origin(document, "t", ("spec",)) == ("spec",)
    assert origin(document, "t", ("spec", "a")) == ("variants", "t", "spec", "a")
    assert origin(document, "t", ("spec", "a", "b")) == ("spec", "a", "b")
    assert origin(document, "t", ("spec", "a", "c")) == ("variants", "t", "spec", "a", "c")
    assert origin(document, "t", ("spec", "d")) == ("variants", "t", "spec", "d")
    assert origin(document, "u", ("spec", "a", "b")) == ("spec", "a", "b")


def test_labels_and_targets_select_each_manifest_alone() -> None:
    found = manifests(TEXT.replace("  key: tax\n", "  key: tax\n  labels: {team: tax}\n"))
    assert [n for n, m in found.items() if is_selected(m, labels={"team": "tax"}, targets=("dev", "live"))] == [
        "dev",
        "live",
    ]


def test_a_tombstone_of_one_target_deletes_only_there() -> None:
    text = TEXT.replace("{protect: true}", "{state: absent, reason: Not sold there.}")
    assert {n: m.lifecycle.state for n, m in manifests(text).items()} == {
        "dev": State.PRESENT,
        "test": State.PRESENT,
        "live": State.ABSENT,
    }


def test_a_variant_lifts_a_tombstone_that_is_shared() -> None:
    shared = "lifecycle: {state: absent, reason: Not sold.}\nvariants:\n"
    text = TEXT.replace("variants:\n", shared).replace("{protect: true}", "{state: present}")
    states = {n: m.lifecycle.state for n, m in manifests(text).items()}
    assert states == {"dev": State.ABSENT, "test": State.ABSENT, "live": State.PRESENT}


def test_a_list_of_targets_needs_no_variants() -> None:
    text = TEXT[: TEXT.index("variants")]
    assert len({str(manifest.spec) for manifest in manifests(text).values()}) == 1


def test_what_only_variants_give_need_not_be_shared() -> None:
    text = TEXT.replace(", tag: v1}", "}").replace("  live:\n", "  test: {spec: {repository: {tag: v3}}}\n  live:\n")
    text = text.replace("    lifecycle:", "    spec: {repository: {tag: v4}}\n    lifecycle:")
    tags = {name: manifest.spec["repository"] for name, manifest in manifests(text).items()}
    assert [repository["tag"] for repository in tags.values()] == ["v2", "v3", "v4"]  # type: ignore[index]


def test_a_document_without_a_shared_spec_is_accepted_if_all_variants_have_one() -> None:
    start = TEXT[: TEXT.index("spec:")].replace("[dev, test, live]", "[dev, live]")
    text = f"{start}variants:\n  dev: {{spec: {{name: Dev}}}}\n  live: {{spec: {{name: Live}}}}\n"
    assert {name: m.spec for name, m in manifests(text).items()} == {"dev": {"name": "Dev"}, "live": {"name": "Live"}}


def test_a_certification_has_variants_as_well() -> None:
    document = changed(certification(), "metadata.targets", ["blue", "green"])
    del document["metadata"]["target"]
    document["variants"] = {"green": {"spec": {"channels": [], "voc": {"content": {"densityLimitGL": Decimal(3)}}}}}
    found = manifests(json.dumps(document, default=str).replace('"12.50"', "12.50"))
    assert found["blue"].spec["channels"] == [{"name": "ORIGIN"}]
    assert found["green"].spec["channels"] == []
    content: Any = {name: manifest.spec["voc"] for name, manifest in found.items()}
    assert content["green"]["content"] == {**content["blue"]["content"], "densityLimitGL": "3"}


BAD = [
    ("metadata:\n  key: tax\n  targets: [dev, test, live]\n", "metadata: tax\n", [
        ("wrong-type", "3:1", "metadata must be a mapping, not text.")
    ]),
    ("  key: tax", "  key: tax\n  target: dev", [("not-both", "6:3", "metadata has both target and targets.")]),
    ("[dev, test, live]", "[]", [("out-of-range", "5:3", "targets must not be empty.")]),
    ("  targets: [dev, test, live]\n", "", [("missing-field", "3:1", "metadata lacks targets.")]),
    (
        "[dev, test, live]",
        "[dev, test, live, test]",
        [("repeated-target", "5:30", "The target 'test' is listed twice.")],
    ),
    ("  live:\n", "  lvie:\n", [("unknown-variant", "16:3", "metadata.targets does not list the target 'lvie'.")]),
    (
        "{tag: v2}",
        "{tog: v2}",
        [("unknown-field", "14:20", "There is no field 'tog' in variants.dev.spec.repository.")],
    ),
    ("{tag: v2}", "{tag: 2}", [("wrong-type", "14:20", "tag must be text, not the number 2.")]),
    ("{tag: v2}", "v2", [("wrong-type", "14:7", "repository must be a mapping, not text.")]),
    ("{protect: true}", "{protect: 1}", [("wrong-type", "17:17", "protect must be true or false, not the number 1.")]),
    ("    lifecycle:", "    metadata:", [("unknown-field", "17:5", "There is no field 'metadata' in variants.live.")]),
    ("{tag: v2}", "{tag: v2}\n      status: Draft", [("read-only-field", "15:7", "The platform sets status itself.")]),
    (", tag: v1}", "}", [("missing-field", "9:3", "For targets 'test', 'live': spec.repository lacks tag.")]),
    (
        "{protect: true}",
        "{state: absent}",
        [("missing-field", "17:5", "For target 'live': lifecycle lacks reason.")],
    ),
    (
        "[us-east-2.aws]",
        "[us-east-9.aws]",
        [("wrong-value", "15:26", "'us-east-9.aws' is not a valid region.")],
    ),
    # Each problem of the shared block is reported once, although all three manifests have it.
    ("name: Tax", "name: 5", [("wrong-type", "7:3", "name must be text, not the number 5.")]),
    ("[dev, test, live]", "[dev, test, lve]", [
        ("unknown-variant", "16:3", "metadata.targets does not list the target 'live'."),
        ("unknown-target", "5:24", "trueup.yaml has no target 'lve'."),
    ]),
    ("[dev, test, live]", "[dev, blue, live]", [
        ("wrong-platform", "5:18", "The target 'blue' has platform origin; a Connector needs platform connect."),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "wanted"), BAD, ids=[f"{old} -> {new}"[:60] for old, new, _ in BAD])
def test_each_problem_is_reported_once_at_its_place(old: str, new: str, wanted: list[tuple[str, str, str]]) -> None:
    text = TEXT.replace(old, new)
    assert text != TEXT
    assert problems(text) == wanted


def test_a_field_of_a_variant_has_the_example_of_the_field() -> None:
    (problem,) = load(TEXT.replace("{tag: v2}", "{tag: 2}")).diagnostics
    assert (problem.allowed, problem.hint) == ("Text, for example v1.4.0.", "Put quotes around it.")


def test_the_path_of_a_target_of_a_list_has_its_index() -> None:
    (problem,) = load(TEXT.replace("test", "tst")).diagnostics
    assert (problem.path, problem.allowed) == ("metadata.targets[1]", "One of dev, test, live.")


def test_targets_that_a_message_names_are_counted_after_the_third() -> None:
    more = ConnectTarget(name="more", api_url="", auth_url="", position=HERE)
    text = TEXT.replace(", tag: v1}", "}").replace("live]", "live, more, last]")
    (problem,) = load(text, {**CONNECT, "more": more, "last": more}).diagnostics
    assert problem.message == "For targets 'test', 'live', 'more' and 1 more: spec.repository lacks tag."


def test_rules_and_advice_beyond_the_schema_hold_for_each_target_and_are_reported_once() -> None:
    shared = TEXT.replace("dev@acme.example", "acme")
    assert problems(shared) == [("unusual-email", "8:13", problems(shared)[0][2])]
    own = TEXT.replace("{tag: v2}", "{tag: v2}\n      creator: {email: acme}")
    assert problems(own) == [("unusual-email", "15:17", f"For target 'dev': {problems(shared)[0][2]}")]


def test_a_date_that_targets_share_expires_with_one_warning() -> None:
    document = changed(certification(), "metadata", {"externalId": "E1", "targets": ["blue", "green"]})
    found = load(json.dumps(document, default=str)).manifests
    assert len(found) == 2
    assert len(list(dated_warnings(found, date(2010, 9, 1), 60))) == 1


def test_a_secret_in_a_variant_is_reported_once_and_the_document_not_used() -> None:
    loaded = load(TEXT.replace("{tag: v2}", "{tag: v2, url: 'https://user:hunter2@github.com/a/b.git'}"))
    assert [(p.code, p.path) for p in loaded.diagnostics] == [("secret-in-url", "variants.dev.spec.repository.url")]
    assert loaded.manifests == ()
    assert "hunter2" not in str(loaded)


def test_two_documents_of_one_resource_are_reported_once_and_leave_the_other_targets() -> None:
    other = TEXT.replace("[dev, test, live]", "[live, dev]").replace("test", "")
    loaded = load(f"{TEXT}---\n{other}")
    assert [(p.code, p.position.line) for p in loaded.diagnostics] == [("duplicate-identity", 22)]
    assert [manifest.identity.target for manifest in loaded.manifests] == ["test"]


def test_a_document_for_one_target_and_one_for_several_can_describe_the_same_resource() -> None:
    single = TEXT[: TEXT.index("variants")].replace("targets: [dev, test, live]", "target: live")
    loaded = load(f"{TEXT}---\n{single}")
    assert [(p.code, p.message) for p in loaded.diagnostics] == [
        ("duplicate-identity", "Connector tax is already described at tax.yaml:4:3.")
    ]


def test_without_a_project_each_manifest_keeps_the_name_of_its_target() -> None:
    assert [manifest.identity.target for manifest in load(TEXT, {}).manifests] == ["dev", "test", "live"]


def test_a_file_whose_documents_have_too_many_nodes_for_all_targets_is_refused(tmp_path: Path) -> None:
    names = [f"t{number}" for number in range(100)]
    projects = [f"eu:shop-{number}" for number in range(5_000)]
    document = connector(privateProjects=projects)
    document["metadata"] = {"key": "tax", "targets": names}
    one = json.dumps(document)
    read = validate.check_text(f"{one}\n---\n{one}".encode(), "tax.yaml")
    assert [p.code for p in read.diagnostics] == ["too-many-nodes"]
    assert (len(read.documents), read.count) == (100, 2)


def test_of_many_large_documents_that_lack_the_same_only_some_are_searched() -> None:
    names = [f"t{number}" for number in range(8)]
    document = connector(
        privateProjects=[f"eu:shop-{number}" for number in range(5_000)], repository={"url": "https://g.example/a.git"}
    )
    document["metadata"] = {"key": "tax", "targets": names}
    document["variants"] = {"t7": {"spec": {"repository": {"tag": "v1"}}}}
    missing, more = validate.check_text(json.dumps(document).encode(), "tax.yaml").diagnostics
    # The first one, and as many others as have 20,000 nodes in all; one of the eight is valid.
    assert missing.message == "For targets 't0', 't1', 't2' and 1 more: spec.repository lacks tag."
    assert (more.code, more.message) == ("more-problems", "At least 3 more problems are not listed.")


@pytest.mark.parametrize("kind", Kind)
def test_the_schema_of_every_kind_has_targets_and_variants(kind: Kind) -> None:
    whole = schema(kind)
    assert whole["$defs"]["metadata"]["properties"]["targets"]["items"]["title"] == "Target"
    assert {*whole["$defs"]["variant"]["properties"]} == {"spec", "lifecycle"} == {*whole["$defs"]["partial"]}
    assert whole["properties"]["variants"]["additionalProperties"] == {"$ref": "#/$defs/variant"}


@pytest.mark.parametrize("document", [connector(), certification()])
def test_targets_and_variants_are_accepted_only_in_their_places(document: dict[str, Any]) -> None:
    kind = document["kind"]
    document["metadata"] = {**document["metadata"], "targets": ["a", "b"]}
    assert not accepts(kind, document)
    del document["metadata"]["target"]
    assert accepts(kind, document)
    document["variants"] = {"b": {"spec": document["spec"], "lifecycle": document["lifecycle"]}, "a": {}}
    assert accepts(kind, document)
    document["variants"] = {"b": {"metadata": {}}}
    assert not accepts(kind, document)


def test_repeated_aliases_in_variants_are_read_as_written() -> None:
    text = TEXT.replace("{tag: v2}", "&repository {tag: v2}").replace(
        "    lifecycle:", "    spec: {repository: *repository}\n    lifecycle:"
    )
    assert manifests(text)["live"].spec["repository"] == {"url": "git@github.com:acme/tax.git", "tag": "v2"}
