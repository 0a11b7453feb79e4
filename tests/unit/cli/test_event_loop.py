import asyncio

from trueup.cli.event_loop import run_loop


class Shy:
    """A value that counts how often it was formatted."""

    worded = 0

    def __repr__(self) -> str:
        self.worded += 1
        return "shy"


def test_a_result_is_returned_and_never_formatted() -> None:
    """asyncio formats the task that it ran, with its result: for a large plan, that takes as long as planning."""

    async def work() -> Shy:
        await asyncio.sleep(0)
        return Shy()

    assert run_loop(work()).worded == 0
