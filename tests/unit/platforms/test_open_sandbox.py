"""Readers and writers against the sandbox, which is written independently from the platforms' documentation."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, OutcomeUnknown, Rejected
from trueup.model.action import AddElement, Delete, RemoveElement, RequestPreview, SetParts, SetValue
from trueup.model.live import Live, Missing, Unreadable
from trueup.model.value import Elements, Known
from trueup.model.writer import Update
from trueup.platforms.origin.writer import OriginWriter
from unit.platforms.doubles import certification, connector
from unit.platforms.sandbox_target import EPD, NEW_EPD, NEW_TAX, REPOSITORY, TAX, SandboxTarget, connect, live, origin

NOBODY = "00000000-0000-4000-8000-000000000000"
"""An id that no certification has."""


def test_planning_1200_connectors_costs_one_token_and_three_pages(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    drafts = [
        {"key": f"k{n}", "name": f"N{n}", "creator": {"email": "a@b.example"}, "repository": REPOSITORY}
        for n in range(1200)
    ]
    seed.write_text(json.dumps({"connectors": drafts}))

    async def use(target: SandboxTarget) -> None:
        wanted = [connector(f"k{n}") for n in range(1200)]
        answer = await target.reader.read_all(wanted)
        assert target.requests == ["POST /oauth/token", *["GET /connectors/drafts"] * 3]
        assert all(isinstance(reading, Live) for reading in answer.readings.values())
        assert answer.unmanaged == 0
        target.embedded.sandbox.log.clear()
        few = await target.reader.read_all([*wanted[:100], connector("k1100")])
        assert target.requests == ["GET /connectors/drafts", "GET /connectors/drafts/key=k1100"]
        assert few.unmanaged == 1099

    connect(use, seed)


def test_a_draft_is_created_changed_and_deleted() -> None:
    async def use(target: SandboxTarget) -> None:
        assert await target.reader.read(TAX) == Missing()
        created = live(await target.writer.create(TAX, NEW_TAX))
        assert created.version == 1
        changed = live(
            await target.writer.update(TAX, created, [SetValue("name", "Taxes"), SetValue("description", "D")])
        )
        assert (changed.fields["name"], changed.fields["description"]) == (Known("Taxes"), Known("D"))
        assert live(await target.reader.read(TAX)) == changed
        assert await target.writer.process(TAX, changed, Delete("old")) is None
        assert await target.reader.read(TAX) == Missing()

    connect(use)


def test_an_outdated_version_changes_and_deletes_nothing() -> None:
    async def use(target: SandboxTarget) -> None:
        first = live(await target.writer.create(TAX, NEW_TAX))
        await target.writer.update(TAX, first, [SetValue("name", "Second")])
        with pytest.raises(Conflict):
            await target.writer.update(TAX, first, [SetValue("name", "Third")])
        with pytest.raises(Conflict):
            await target.writer.process(TAX, first, Delete("old"))
        assert live(await target.reader.read(TAX)).fields["name"] == Known("Second")

    connect(use)


def test_a_second_draft_with_the_key_is_a_conflict() -> None:
    async def use(target: SandboxTarget) -> None:
        await target.writer.create(TAX, NEW_TAX)
        with pytest.raises(Conflict):
            await target.writer.create(TAX, NEW_TAX)

    connect(use)


def test_two_drafts_with_one_key_are_unreadable() -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(duplicate_keys="accept")
        await target.writer.create(TAX, NEW_TAX)
        await target.writer.create(TAX, NEW_TAX)
        answer = await target.reader.read_all([TAX, connector("other")])
        assert isinstance(answer.readings[TAX.identity], Unreadable)
        assert answer.readings[connector("other").identity] == Missing()

    connect(use)


@pytest.mark.parametrize("status", [400, 409])
def test_a_draft_in_the_pipeline_takes_no_second_preview(status: int) -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(error_statuses={"ConnectorStagedPreviewRequestUnderProcess": status}, preview_seconds=1000.0)
        created = live(await target.writer.create(TAX, NEW_TAX))
        pending = live(await target.writer.process(TAX, created, RequestPreview()))
        assert pending.lifecycle is not None
        assert pending.lifecycle.previewable == "pending"
        with pytest.raises(Busy):
            await target.writer.process(TAX, live(await target.reader.read(TAX)), RequestPreview())

    connect(use)


def test_an_unreachable_repository_is_refused() -> None:
    async def use(target: SandboxTarget) -> None:
        created = live(await target.writer.create(TAX, NEW_TAX))
        target.switch(repositories={"https://github.com/acme/gone.git": "unreachable"})
        gone = SetParts("repository", {"url": "https://github.com/acme/gone.git", "tag": "v1"})
        with pytest.raises(Rejected) as raised:
            await target.writer.update(TAX, created, [gone])
        assert raised.value.code == "GitRepositoryNotReachable"

    connect(use)


def test_a_deleted_draft_is_not_found() -> None:
    async def use(target: SandboxTarget) -> None:
        created = live(await target.writer.create(TAX, NEW_TAX))
        await target.writer.process(TAX, created, Delete("old"))
        with pytest.raises(NotFound):
            await target.writer.update(TAX, created, [SetValue("name", "X")])
        with pytest.raises(NotFound):
            await target.writer.process(TAX, created, Delete("old"))

    connect(use)


def test_a_token_that_ends_early_is_replaced() -> None:
    async def use(target: SandboxTarget) -> None:
        await target.writer.create(TAX, NEW_TAX)
        target.embedded.sandbox.grants.clear()
        assert live(await target.reader.read(TAX)).version == 1
        assert target.requests.count("POST /oauth/token") == 2

    connect(use)


def test_a_refused_client_is_not_authorised() -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(granted_scopes=["view_connectors"])
        with pytest.raises(NotAuthorised):
            await target.writer.create(TAX, NEW_TAX)
        assert await target.reader.read(TAX) == Missing()

    connect(use)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_rate_limit_is_waited_out_by_reads_and_writes(form: str) -> None:
    async def use(target: SandboxTarget) -> None:
        created = live(await target.writer.create(TAX, NEW_TAX))
        target.switch(requests_per_minute=1, retry_after=form)
        for _ in range(2):
            assert await target.reader.read(TAX) == created
        assert await target.writer.update(TAX, created, [SetValue("name", "Taxes")])
        asked = [entry.status for entry in target.embedded.sandbox.log.entries("eu")][2:]
        assert asked == [200, 429, 200, 429, 201]

    connect(use)


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"update_status": 200},
        {"empty_values": "null"},
        {"empty_values": "empty"},
        {"extra_field": True, "odd_enum": True},
        {"conflict_numbers": False},
        {"sort": "refuse"},
        {"sort": "ignore"},
        {"insert_while_paging": True},
        {"version_step": "request-and-action"},
    ],
)
def test_undocumented_behaviour_makes_no_difference(switches: dict[str, object]) -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(**switches)
        created = live(await target.writer.create(TAX, NEW_TAX))
        changed = live(await target.writer.update(TAX, created, [SetValue("name", "Taxes")]))
        with pytest.raises(Conflict):
            await target.writer.update(TAX, created, [SetValue("name", "Other")])
        answer = await target.reader.read_all([TAX, connector("none")])
        assert live(answer.readings[TAX.identity]).fields == changed.fields
        assert answer.readings[connector("none").identity] == Missing()

    connect(use)


def test_a_certification_is_created_changed_and_deleted() -> None:
    async def use(target: SandboxTarget) -> None:
        assert await target.reader.read(EPD) == Missing()
        assert await target.writer.create(EPD, NEW_EPD) is None
        created = live(await target.reader.read(EPD))
        assert created.fields["certificateNumber"] == Known("ABC-1")
        add = AddElement("brands", ("ACME",), {"website": "acme.example"})
        assert await target.writer.update(EPD, created, [SetValue("certificateNumber", "ABC-2"), add]) is None
        changed = live(await target.reader.read(EPD))
        assert changed.fields["certificateNumber"] == Known("ABC-2")
        assert changed.fields["brands"] == Known(Elements({("ACME",): {"website": "acme.example"}}))
        await target.writer.update(EPD, changed, [RemoveElement("brands", ("ACME",))])
        await target.writer.process(EPD, changed, Delete("old"))
        assert await target.reader.read(EPD) == Missing()

    origin(use)


def test_many_certifications_cost_one_search_each() -> None:
    async def use(target: SandboxTarget) -> None:
        for number in range(3):
            await target.writer.create(certification(f"EPD-{number}"), NEW_EPD)
        target.embedded.sandbox.log.clear()
        answer = await target.reader.read_all([certification(f"EPD-{number}") for number in range(5)])
        assert [type(reading) for reading in answer.readings.values()] == [Live] * 3 + [Missing] * 2
        assert len(target.requests) == 5

    origin(use)


@pytest.mark.parametrize("switches", [{}, {"origin_collapsed_lists": True}, {"origin_counts_as_text": False}])
def test_how_origin_writes_lists_and_counts_makes_no_difference(switches: dict[str, object]) -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(**switches)
        await target.writer.create(EPD, {**NEW_EPD, "brands": Elements({("ACME",): {}})})
        assert live(await target.reader.read(EPD)).fields["brands"] == Known(Elements({("ACME",): {}}))
        assert await target.reader.read(certification("EPD-2")) == Missing()

    origin(use)


def test_a_criterion_that_is_ignored_is_noticed() -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_unknown_criteria="ignore")
        await target.writer.create(EPD, NEW_EPD)
        assert isinstance(await target.reader.read(EPD), Live)

    origin(use)


def test_origin_refuses_what_exists_and_what_does_not() -> None:
    async def use(target: SandboxTarget) -> None:
        await target.writer.create(EPD, NEW_EPD)
        with pytest.raises(Rejected):
            await target.writer.create(EPD, NEW_EPD)
        with pytest.raises(Rejected) as raised:
            await target.writer.process(
                EPD, replace(live(await target.reader.read(EPD)), remote_id=NOBODY), Delete("old")
            )
        assert raised.value.messages

    origin(use)


@pytest.mark.parametrize("seconds", [0.0, 40.0])
def test_asynchronous_writes_are_polled_until_they_end(seconds: float) -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_async_seconds=seconds)
        await target.writer.create(EPD, NEW_EPD)
        created = live(await target.reader.read(EPD))
        await target.writer.update(EPD, created, [SetValue("certificateNumber", "ABC-2")])
        changed = live(await target.reader.read(EPD))
        assert changed.fields["certificateNumber"] == Known("ABC-2")
        await target.writer.process(EPD, changed, Delete("old"))
        assert await target.reader.read(EPD) == Missing()
        assert sum("/async/" in line for line in target.requests) == 3

    origin(use, origin_async=True)


@pytest.mark.parametrize("validation", ["submit", "batch"])
@pytest.mark.parametrize("messages", ["result", "none"])
def test_a_failed_batch_in_a_successful_answer_is_a_failure(validation: str, messages: str) -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_async_seconds=5.0, origin_async_validation=validation, origin_async_messages=messages)
        await target.writer.create(EPD, NEW_EPD)
        with pytest.raises(Rejected):
            await target.writer.create(EPD, NEW_EPD)

    origin(use, origin_async=True)


def test_a_batch_that_takes_longer_than_patience_is_unknown() -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_async_seconds=10_000.0)
        with pytest.raises(OutcomeUnknown):
            await target.writer.create(EPD, NEW_EPD)
        assert sum("/async/" in line for line in target.requests) == 1

    origin(use, origin_async=True)


def test_a_write_with_an_expired_result_is_unknown() -> None:
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_async_seconds=2.0, origin_result_retention=0.1)
        with pytest.raises(OutcomeUnknown):
            await target.writer.create(EPD, NEW_EPD)
        assert isinstance(await target.reader.read(EPD), Live)

    origin(use, origin_async=True)


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("batch", ["all-or-nothing", "prefix"])
def test_a_refused_batch_is_split_into_single_updates(asynchronous: bool, batch: str) -> None:  # noqa: FBT001 - a parameter of the test
    async def use(target: SandboxTarget) -> None:
        target.switch(origin_batch=batch)
        names = [f"EPD-{number}" for number in range(4)]
        for name in names:
            await target.writer.create(certification(name), NEW_EPD)
        change = (SetValue("certificateNumber", "NEW"),)
        gone = certification("EPD-GONE")
        befores = {name: live(await target.reader.read(certification(name))) for name in names}
        updates = [Update(certification(name), before, change) for name, before in befores.items()]
        updates.insert(3, Update(gone, replace(befores[names[0]], remote_id=NOBODY), change))
        assert isinstance(target.writer, OriginWriter)
        endings = await target.writer.update_many(updates)
        if batch == "prefix":
            # The platform took some and does not say which: nothing of it may be sent again.
            assert {type(ending) for ending in endings.values()} == {OutcomeUnknown}
            return
        assert {identity.value for identity, ending in endings.items() if ending is not None} == {"EPD-GONE"}
        assert isinstance(endings[gone.identity], Rejected)
        for name in names:
            assert live(await target.reader.read(certification(name))).fields["certificateNumber"] == Known("NEW")

    origin(use, origin_async=asynchronous)
