"""What was changed live on one target is written into a manifest for several, and no other target changes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trueup.diff.simulate import created
from trueup.edit.adopt import Adoption, adopt
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load_texts
from trueup.manifest.project import Project
from trueup.model.identity import ConnectTarget, OriginTarget, Targets
from trueup.model.live import Live
from trueup.model.manifest import Manifest
from trueup.model.value import ABSENT, Elements, Known, Members, Parts, Value
from trueup.plan.drift import resource_drift
from unit.edit.adopting import PLACE

TARGETS: Targets = {
    **{n: ConnectTarget(name=n, api_url="", auth_url="", position=PLACE) for n in ("dev", "test", "live")},
    **{n: OriginTarget(name=n, base_url="", position=PLACE) for n in ("blue", "green")},
}
PROJECT = Project(root=Path("/"), file=None, manifests=(), targets=TARGETS, seed=None)
TEXT = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: tax, targets: [dev, test, live]}
spec:
  name: Tax # the name
  creator: {email: dev@acme.example, company: Acme}
  repository: {url: "git@github.com:acme/tax.git", tag: v1} # released
  supportedRegions: [europe-west1.gcp] # the regions
variants:
  dev:
    spec:
      repository: {tag: v2} # in work
  test: {spec: {supportedRegions: [us-east-2.aws]}}
# the end
"""
EPD = """\
apiVersion: trueup/v1
kind: Certification
metadata: {externalId: E1, targets: [blue, green]}
spec:
  standard: {code: EPD}
  reportingBody: {name: Veritas}
  brands:
    - {name: Acme, website: acme.example} # ours
    - name: Other
  channels: [{name: ORIGIN}]
"""


def manifests(text: str) -> Mapping[str, Manifest]:
    loaded = load_texts(PROJECT, [("tax.yaml", text.encode())])
    assert [d for d in loaded.diagnostics if d.severity == "error"] == []
    return {manifest.identity.target: manifest for manifest in loaded.manifests}


def live_of(text: str, target: str, changed: Mapping[str, Value | None]) -> Live:
    manifest = manifests(text)[target]
    kind = KINDS[manifest.identity.kind]
    fields: dict[str, Any] = dict(created(kind.fields, kind.desired(manifest.spec)))
    fields |= {path: ABSENT if value is None else Known(value) for path, value in changed.items()}
    return Live(fields=fields, remote_id="id", version=1)


def adopted(text: str, target: str, changed: Mapping[str, Value | None]) -> tuple[str, Adoption]:
    """Adopt these live values of one target; return the new text."""
    before, live = manifests(text), live_of(text, target, changed)
    drift = resource_drift(before[target], before[target], live)
    content, (adoption,) = adopt(PROJECT, "tax.yaml", text.encode(), [drift], {m.identity: m for m in before.values()})
    after = manifests(content.decode())
    for name in before:
        if name != target:
            assert after[name].spec == before[name].spec, name
        assert after[name].lifecycle == before[name].lifecycle
    if not adoption.refused:
        assert resource_drift(after[target], after[target], live).changes == ()
    return content.decode(), adoption


def difference(text: str, target: str, changed: Mapping[str, Value | None]) -> tuple[list[str], list[str]]:
    """Return the lines that are removed and those that are added when all is adopted."""
    after, adoption = adopted(text, target, changed)
    assert adoption.refused == ()
    old, new = text.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


IN_PLACE = [
    # The value comes from the target's own variant.
    ("dev", {"repository": Parts({"url": "git@github.com:acme/tax.git", "tag": "v3"})},
     "      repository: {tag: v2} # in work", "      repository: {tag: v3} # in work"),
    ("test", {"supportedRegions": Members(("us-east-2.aws", "eu-central-1.aws"))},
     "  test: {spec: {supportedRegions: [us-east-2.aws]}}",
     "  test: {spec: {supportedRegions: [us-east-2.aws, eu-central-1.aws]}}"),
    # The shared value is used by others, so the variant gets one.
    ("dev", {"name": "Tax 2"}, None, "      name: Tax 2"),
    ("dev", {"creator.company": "New"}, None, "      creator: {company: New}"),
    ("dev", {"repository": Parts({"url": "git@github.com:acme/other.git", "tag": "v2"})},
     "      repository: {tag: v2} # in work",
     "      repository: {tag: v2, url: git@github.com:acme/other.git} # in work"),
    ("dev", {"supportedRegions": Members(("europe-west1.gcp", "us-east-2.aws"))},
     None, "      supportedRegions: [europe-west1.gcp, us-east-2.aws]"),
    ("test", {"name": "Tax 2"}, "  test: {spec: {supportedRegions: [us-east-2.aws]}}",
     "  test: {spec: {supportedRegions: [us-east-2.aws], name: Tax 2}}"),
    # There is no variant yet.
    ("live", {"name": "Tax 2"}, None, "  live: {spec: {name: Tax 2}}"),
    ("live", {"name": "Tax 2", "creator.company": "New", "creator.email": "a@b.example"}, None,
     "  live: {spec: {name: Tax 2, creator: {email: a@b.example, company: New}}}"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "changed", "old", "new"), IN_PLACE, ids=[f"{t} {new}" for t, _, _, new in IN_PLACE])
def test_a_value_is_written_where_only_its_target_uses_it(
    target: str, changed: dict[str, Value | None], old: str | None, new: str
) -> None:
    assert difference(TEXT, target, changed) == ([] if old is None else [old], [new])


def test_a_shared_value_that_only_one_target_uses_is_changed_in_place() -> None:
    text = TEXT.replace("  test: {spec:", "  live: {spec: {repository: {tag: v0}}}\n  test: {spec:")
    changed = {"repository": Parts({"url": "git@github.com:acme/tax.git", "tag": "v9"})}
    removed, added = difference(text, "test", changed)
    assert removed == ['  repository: {url: "git@github.com:acme/tax.git", tag: v1} # released']
    assert added == ['  repository: {url: "git@github.com:acme/tax.git", tag: v9} # released']


def test_the_only_target_of_a_list_has_its_values_in_the_shared_block() -> None:
    text = TEXT[: TEXT.index("variants")].replace("[dev, test, live]", "[live]")
    assert difference(text, "live", {"name": "Tax 2"})[1] == ["  name: Tax 2 # the name"]


def test_variants_are_added_to_a_document_without_any() -> None:
    text = TEXT[: TEXT.index("variants")]
    assert difference(text, "test", {"name": "A"}) == ([], ["variants: {test: {spec: {name: A}}}"])


def test_a_value_that_is_unset_live_is_empty_in_the_variant() -> None:
    assert difference(TEXT, "live", {"creator.company": None})[1] == ['  live: {spec: {creator: {company: ""}}}']


def test_a_value_that_must_not_be_empty_cannot_be_removed_for_one_target() -> None:
    after, adoption = adopted(TEXT, "live", {"name": None})
    assert after == TEXT
    assert [why for _, why in adoption.refused] == ["a manifest cannot express it: name must not be empty"]


def test_an_element_that_others_use_makes_a_list_of_the_variant() -> None:
    changed: Mapping[str, Value] = {
        "brands": Elements({("Acme",): {"website": "acme.example"}, ("New",): {"website": "new.example"}})
    }
    brands = "[{name: Acme, website: acme.example}, {name: New, website: new.example}]"
    assert difference(EPD, "green", changed) == ([], [f"variants: {{green: {{spec: {{brands: {brands}}}}}}}"])


def test_a_second_adoption_edits_the_list_of_the_variant() -> None:
    first, _ = adopted(EPD, "green", {"brands": Elements({("Acme",): {"website": "acme.example"}})})
    both: Mapping[tuple[str, ...], Mapping[str, str]] = {("Acme",): {"website": "acme.example"}, ("New",): {}}
    _, (line,) = difference(first, "green", {"brands": Elements(both)})
    assert line == "variants: {green: {spec: {brands: [{name: Acme, website: acme.example}, {name: New}]}}}"


def test_the_same_choice_can_differ_in_a_variant() -> None:
    changed = {"reportingBody": Parts({"name": "Other"})}
    assert difference(EPD, "green", changed)[1] == ["variants: {green: {spec: {reportingBody: {name: Other}}}}"]


def test_another_choice_is_left_to_a_person_while_others_use_the_first() -> None:
    after, adoption = adopted(EPD, "green", {"reportingBody": Parts({"selfReported": "TRUE"})})
    assert after == EPD
    (why,) = [why for _, why in adoption.refused]
    assert why == "other targets use the value as well, and a variant cannot choose another one"


def test_another_choice_is_made_in_a_block_that_only_the_target_uses() -> None:
    text = EPD.replace("  reportingBody: {name: Veritas}\n", "") + (
        "variants:\n  blue: {spec: {reportingBody: {name: Veritas}}}\n  green: {spec: {reportingBody: {name: TUV}}}\n"
    )
    _, (line,) = difference(text, "green", {"reportingBody": Parts({"selfReported": "TRUE"})})
    assert line == "  green: {spec: {reportingBody: {selfReported: true}}}"


def test_the_same_drift_of_all_targets_ends_without_a_difference() -> None:
    lives = {name: live_of(TEXT, name, {"name": "Tax 2"}) for name in ("dev", "test", "live")}
    before = manifests(TEXT)
    drifts = [resource_drift(before[name], before[name], live) for name, live in lives.items()]
    content, adoptions = adopt(PROJECT, "tax.yaml", TEXT.encode(), drifts)
    assert [adoption.refused for adoption in adoptions] == [(), (), ()]
    after = manifests(content.decode())
    assert [resource_drift(after[n], after[n], live).changes for n, live in lives.items()] == [(), (), ()]


def test_an_alias_in_a_variant_is_not_changed_for_both_targets() -> None:
    text = TEXT.replace("[europe-west1.gcp] # the", "&regions [europe-west1.gcp] # the").replace(
        "[us-east-2.aws]", "*regions"
    )
    after, adoption = adopted(text, "test", {"supportedRegions": Members(("us-east-2.aws",))})
    assert (after, [why for _, why in adoption.refused]) == (text, ["it is an alias"])


def test_a_block_that_an_alias_uses_for_another_target_is_left_to_a_person() -> None:
    text = TEXT[: TEXT.index("variants")] + "variants:\n  dev: {spec: &own {name: A}}\n  live: {spec: *own}\n"
    after, adoption = adopted(text, "dev", {"name": "B"})
    assert after == text
    assert [why for _, why in adoption.refused] == ["the change would affect more than this one value"]


def test_a_json_manifest_stays_json() -> None:
    text = json.dumps(
        {
            "apiVersion": "trueup/v1",
            "kind": "Connector",
            "metadata": {"key": "tax", "targets": ["dev", "live"]},
            "spec": {"name": "Tax"},
        },
        indent=2,
    )
    after, adoption = adopted(text, "live", {"name": "Tax 2"})
    assert adoption.refused == ()
    assert json.loads(after)["variants"] == {"live": {"spec": {"name": "Tax 2"}}}


def test_a_target_whose_name_has_a_point_gets_a_variant() -> None:
    targets: Targets = {**TARGETS, "eu.live": ConnectTarget(name="eu.live", api_url="", auth_url="", position=PLACE)}
    project = Project(root=Path("/"), file=None, manifests=(), targets=targets, seed=None)
    text = TEXT.replace("live]", "eu.live]")
    manifest = load_texts(project, [("tax.yaml", text.encode())]).manifests[-1]
    drift = resource_drift(manifest, manifest, live_of(TEXT, "live", {"name": "Tax 2"}))
    content, _ = adopt(project, "tax.yaml", text.encode(), [drift])
    assert "\n  eu.live: {spec: {name: Tax 2}}\n" in content.decode()
    (again,) = adopt(project, "tax.yaml", content, [resource_drift(
        load_texts(project, [("tax.yaml", content)]).manifests[-1],
        load_texts(project, [("tax.yaml", content)]).manifests[-1],
        live_of(TEXT, "live", {"name": "Tax 3"}),
    )])[:1]  # fmt: skip
    assert "\n  eu.live: {spec: {name: Tax 3}}\n" in again.decode()
