import json
from pathlib import Path

import pytest

from connect_api import DRAFT, ConnectApi, action, refusal
from manual_clock import ManualClock
from trueup.cli.files import read_seed
from trueup.errors import InvalidInput
from trueup.sandbox.seed import apply_seed, check_seed
from trueup.sandbox.store import Store

SEED = """
connectors:
  - key: acme-tax
    name: Acme Tax
    creator: {email: a@b.c}
    repository: {url: "git@github.com:acme/tax.git", tag: "1.10"}
    version: 7
certifications:
  - externalId: ACME-1
    standard: {code: EPD}
    voc: {content: {densityLimitGL: 40, containsAddedMCPCE: true}}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "live.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_seed_file_fills_a_world(tmp_path: Path) -> None:
    store = Store()
    apply_seed(store, "w", read_seed(written(tmp_path, SEED)), clock=ManualClock())
    (connector,), (certification,) = store.list("w", "connector"), store.list("w", "certification")
    assert (connector["key"], connector["version"], connector["repository"]["tag"]) == ("acme-tax", 7, "1.10")
    assert store.find("w", "certification", "ACME-1") == [certification]
    assert certification["originId"]


def test_numbers_and_booleans_of_certifications_are_texts_as_on_the_wire(tmp_path: Path) -> None:
    store = Store()
    apply_seed(store, "w", read_seed(written(tmp_path, SEED)))
    assert store.list("w", "certification")[0]["voc"]["content"] == {
        "densityLimitGL": "40",
        "containsAddedMCPCE": "true",
    }


def test_a_seed_with_worlds_gives_each_its_own() -> None:
    store = Store()
    seed = check_seed({"worlds": {"a": {"connectors": [DRAFT]}, "b": {}}}, "seed")
    for world in ("a", "b", "c"):
        apply_seed(store, world, seed)
    assert [store.count(world, "connector") for world in "abc"] == [1, 0, 0]


def test_a_seeded_draft_has_the_state_of_the_seed() -> None:
    api = ConnectApi()
    api.plant(status="Published", isPreviewable=True, alreadyListed=True, private=False, version=9, id="own-id")
    draft = api.get()
    shown = {"status": "Published", "isPreviewable": "true", "alreadyListed": True, "version": 9, "id": "own-id"}
    assert shown.items() <= draft.items()
    assert refusal(api.act(action("publish", certification=True))) == (400, ["ConnectorAlreadyCertified"])


def test_a_seeded_draft_can_set_how_its_pipelines_end() -> None:
    api = ConnectApi()
    api.plant(sandbox={"preview": False, "publish": "Failed"})
    api.acted("updatePreviewable", action("publish", certification=False))
    api.clock.advance(60)
    assert (api.get()["isPreviewable"], api.get()["status"]) == ("false", "Failed")


def test_a_draft_that_is_seeded_as_busy_stays_busy() -> None:
    api = ConnectApi()
    api.plant(status="Processing", isPreviewable="pending")
    api.clock.advance(1_000_000)
    assert (api.get()["isPreviewable"], api.get()["status"]) == ("pending", "Processing")


def test_two_drafts_with_one_key_can_be_seeded() -> None:
    api = ConnectApi()
    api.plant()
    api.plant()
    assert api.keys() == ["acme-tax", "acme-tax"]


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ([], "A seed must be a mapping"),
        ({"connector": []}, "Unknown member 'connector'"),
        ({"connectors": {}}, "connectors: Expected a list of mappings."),
        ({"connectors": ["x"]}, "connectors: Expected a list of mappings."),
        ({"connectors": [{}]}, "connectors[0].name: Missing required value"),
        ({"connectors": [{**DRAFT, "nmae": "x"}]}, "connectors[0].nmae: Not a member of ConnectorStaged"),
        ({"connectors": [{**DRAFT, "_sandbox": {}}]}, "connectors[0]._sandbox: Not a member"),
        ({"certifications": [{"url": "x"}]}, "certifications[0].externalId or originId is missing"),
        ({"worlds": []}, "worlds must be a mapping"),
        ({"worlds": {}, "connectors": []}, "without other members"),
        ({"worlds": {"a": {"connectors": [{}]}}}, "a: connectors[0].name: Missing"),
        ({"worlds": {"a": []}}, "a: Expected a mapping."),
    ],
)
def test_a_wrong_seed_is_refused(seed: object, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_seed(seed, "live.yaml")
    assert message in str(refused.value)
    assert {diagnostic.position.file for diagnostic in refused.value.diagnostics} == {"live.yaml"}


def test_all_that_is_wrong_with_a_seed_is_said_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_seed({"connectors": [{}, {}]}, "live.yaml")
    assert len(refused.value.diagnostics) == 6


@pytest.mark.parametrize("digits", ["40", "40.50", "0.0000001", "-0.5"])
def test_a_number_of_a_seed_keeps_the_digits_that_were_typed(tmp_path: Path, digits: str) -> None:
    store = Store()
    apply_seed(
        store, "w", read_seed(written(tmp_path, SEED.replace("densityLimitGL: 40", f"densityLimitGL: {digits}")))
    )
    assert store.list("w", "certification")[0]["voc"]["content"]["densityLimitGL"] == digits


@pytest.mark.parametrize("digits", [".5", "5.", "1e3", "0x1F", "007", "+5", "-0"])
def test_a_number_of_a_seed_that_would_change_its_digits_is_refused(tmp_path: Path, digits: str) -> None:
    text = SEED.replace("densityLimitGL: 40", f"densityLimitGL: {digits}")
    with pytest.raises(InvalidInput, match=r"live\.yaml:11:37: .*in this notation"):
        read_seed(written(tmp_path, text))
    quoted = read_seed(written(tmp_path, text.replace(digits, f"'{digits}'")))
    assert quoted["certifications"][0]["voc"]["content"]["densityLimitGL"] == digits


def test_a_seed_may_be_json_with_surrogate_pairs(tmp_path: Path) -> None:
    seed = {"certifications": [{"externalId": "A", "name": "😀 \u2028"}]}
    assert read_seed(written(tmp_path, json.dumps(seed))) == seed


@pytest.mark.parametrize("text", ["a: [", "\x00"])
def test_a_seed_that_is_not_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match=r"live\.yaml:1:"):
        read_seed(written(tmp_path, text))


def test_a_seed_has_the_bounds_of_every_other_file(tmp_path: Path) -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(9))
    with pytest.raises(InvalidInput, match="aliases of the file expand to more than"):
        read_seed(written(tmp_path, bomb))


@pytest.mark.slow
def test_a_seed_may_be_as_large_as_an_estate(tmp_path: Path) -> None:
    one = "- {{externalId: E{n}, url: 'https://a.example/{n}', brands: [{{name: B}}]}}\n"
    items = "".join(one.format(n=n) for n in range(25_000))
    assert len(read_seed(written(tmp_path, f"certifications:\n{items}"))["certifications"]) == 25_000


def test_a_missing_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="The seed cannot be read"):
        read_seed(tmp_path / "nothing.yaml")
