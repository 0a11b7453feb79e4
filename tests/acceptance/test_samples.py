"""Every sample request of the platforms' own pages is what trueup sends for a manifest and a live state.

A case is a file of ``samples``: ``manifest``; ``live``, what the platform answers when it is read (missing: the
resource does not exist); ``sample``, the sample as printed, without the commas that JSON does not allow
(``origin-api.md`` section 11, number 17); ``requests``, the bodies that are sent, in order. Nothing is left out on the
way: the manifest is loaded and checked, the answer read, the difference planned, and each stage sent by the platform's
own writer to a server that keeps what it gets.

``CORRECTIONS`` lists every place where a body differs from the sample, and why.
"""

import json
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest

from trueup.kinds.connector.lifecycle import plan_processes
from trueup.kinds.registry import KINDS
from trueup.manifest.load import load
from trueup.manifest.project import load_project
from trueup.model.action import Action, Create
from trueup.model.identity import Platform
from trueup.model.live import Live, Missing, Reading
from trueup.model.manifest import Manifest
from trueup.model.reader import Wanted
from trueup.model.writer import Writer
from trueup.plan.resource import plan_resource
from unit.platforms.doubles import CONNECT, ORIGIN, Network

CASES = Path(__file__).with_name("samples")

Body = dict[str, Any]


def _item(body: Body) -> Body:
    item: Body = body["certifications"][0]
    return item


def _rename_densities(body: Body) -> None:
    emission = _item(body)["voc"]["emission"]
    for name in ("densityMin", "densityMax"):
        emission[name] = emission.pop(f"{name}GL")


def _add_behavior(body: Body) -> None:
    _item(body)["regulatoryStandardCompliances"][0]["collectionBehavior"] = "ADD"


def _drop_what_no_draft_has(body: Body) -> None:
    del body["isPreviewable"]


def _drop_empty_projects(body: Body) -> None:
    del body["privateProjects"]


CORRECTIONS: Mapping[str, Sequence[tuple[str, Callable[[Body], None]]]] = {
    "origin-emission-updating-attributes": [
        ("origin-api.md 11.1: the table and the unit say densityMin and densityMax, not ...GL", _rename_densities)
    ],
    "origin-emission-removing-regulatory-standard-compliance": [
        ("origin-api.md 11.1: the table and the unit say densityMin and densityMax, not ...GL", _rename_densities)
    ],
    "origin-all-fields": [
        ("origin-api.md 11.8: collectionBehavior is required and left out of one collection", _add_behavior)
    ],
    "connect-create": [
        ("connect-api.md 9.12: isPreviewable is no field of a draft", _drop_what_no_draft_has),
        ("connect-api.md 11: an empty list is the same as none, and nothing empty is sent", _drop_empty_projects),
    ],
}

EXPECTED_COUNTS = {"origin": 32, "connect": 20}
"""Sample Requests of the CertificationsUpdate page; update-action examples (18) and request examples (2, of which one
stands twice) of the ConnectorStaged page."""


def case_names() -> list[str]:
    return sorted(file.stem for file in CASES.iterdir())


def texts(case: str) -> Mapping[str, str]:
    return tomllib.loads((CASES / f"{case}.toml").read_text("utf-8"))


def read(case: str, name: str) -> Any:
    return json.loads(texts(case)[name])


def manifest_of(case: str) -> Manifest:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "manifest.yaml").write_text(texts(case)["manifest"], "utf-8")
        project = load_project(None, sandbox=True, cwd=Path(folder))
        loaded = load(project, ["manifest.yaml"], cwd=Path(folder))
    assert [d for d in loaded.diagnostics if d.severity == "error"] == []
    (manifest,) = loaded.manifests
    return manifest


def reading_of(case: str, manifest: Manifest) -> Reading:
    if "live" not in texts(case):
        return Missing()
    return KINDS[manifest.identity.kind].observe(read(case, "live"))


def stages_of(manifest: Manifest, reading: Reading) -> list[list[Action]]:
    """Return the planned actions by request: field actions by stage, then process actions one by one."""
    plan = plan_resource(manifest, reading)
    assert not [planned.finding for planned in plan.findings if planned.finding.level == "blocked"]
    staged = [[p.action for p in group] for _, group in groupby(plan.actions, key=lambda p: p.stage)]
    sent = {type(action) for stage in staged for action in stage}
    lifecycle = reading.lifecycle if isinstance(reading, Live) else None
    wanted = plan_processes(manifest.lifecycle, lifecycle).steps
    return staged + [[step.action] for step in wanted if type(step.action) not in sent]


async def send(writer: Writer, manifest: Manifest, reading: Reading, stages: Sequence[Sequence[Any]]) -> None:
    wanted = Wanted(manifest.identity, manifest.locale)
    for stage in stages:
        match stage[0]:
            case Create(fields=fields):
                await writer.create(wanted, fields)
            case first if hasattr(first, "path"):
                assert isinstance(reading, Live)
                await writer.update(wanted, reading, stage)
            case action:
                assert isinstance(reading, Live)
                await writer.process(wanted, reading, action)


def answer(request: httpx.Request) -> httpx.Response:
    """Accept whatever comes, without showing the result: what becomes of it is no matter here."""
    if request.url.path == "/oauth/token":
        return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": 172800})
    if "certifications" in request.url.path:
        return httpx.Response(200, json={"status": {"state": "SUCCESS"}, "result": {"result": "Update completed."}})
    return httpx.Response(201, json={"id": "1", "version": 2, "key": "connector-key"})


def sent_bodies(case: str) -> list[object]:
    manifest = manifest_of(case)
    reading = reading_of(case, manifest)
    stages = stages_of(manifest, reading)
    network = Network(answer)
    target = CONNECT if KINDS[manifest.identity.kind].platform is Platform.CONNECT else ORIGIN
    network.writing(lambda writer: send(writer, manifest, reading, stages), target)
    return network.bodies()


def joined(requests: Sequence[Body]) -> Body:
    """Return all that was sent in one body, as the samples show it: a process comes last on its own here."""
    whole = deepcopy(requests[0])
    for later in requests[1:]:
        _item(whole).update(_item(later))
    return whole


def corrected(case: str) -> Body:
    sample = read(case, "sample")
    for _, correct in CORRECTIONS.get(case, ()):
        correct(sample)
    return {"version": 1, "actions": [sample]} if "action" in sample else sample


@pytest.mark.parametrize("case", case_names())
def test_the_bodies_are_exactly_those_of_the_case(case: str) -> None:
    assert sent_bodies(case) == read(case, "requests")


@pytest.mark.parametrize("case", case_names())
def test_the_bodies_joined_are_exactly_the_sample(case: str) -> None:
    assert joined(read(case, "requests")) == corrected(case)


@pytest.mark.parametrize("case", CORRECTIONS)
def test_every_correction_is_needed(case: str) -> None:
    sample = read(case, "sample")
    for _, correct in CORRECTIONS[case]:
        before = deepcopy(sample)
        correct(sample)
        assert sample != before


def test_no_sample_is_missing() -> None:
    names = case_names()
    assert {prefix: sum(name.startswith(prefix) for name in names) for prefix in EXPECTED_COUNTS} == EXPECTED_COUNTS


def test_only_the_sample_with_all_fields_takes_two_requests() -> None:
    assert [name for name in case_names() if len(read(name, "requests")) > 1] == ["origin-all-fields"]
