import pytest

from trueup.report.values import counted, duration, moment, unread_closing


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 requests"), (1, "1 request"), (2, "2 requests"), (1200, "1,200 requests")]
)
def test_counts_have_a_singular_and_a_plural(number: int, words: str) -> None:
    assert counted(number, "request") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about 1 s"),
        (0.3, "about 1 s"),
        (42.4, "about 42 s"),
        (59.9, "about 60 s"),
        (90, "about 2 min"),
        (5400, "about 1.5 h"),
    ],
)
def test_durations_are_rounded(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-22T07:37:48.244+00:00", "2026-11-22 07:37:48 UTC"),
        ("2026-11-22T07:37:48Z", "2026-11-22 07:37:48 UTC"),
        ("2026-11-22T08:37:48+01:00", "2026-11-22 07:37:48 UTC"),
        ("2026-11-22T07:37:48", "2026-11-22T07:37:48"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_times_are_in_utc_and_never_guessed(text: str, words: str) -> None:
    assert moment(text) == words


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ([], []),
        ([("eu", True)], []),
        # The target can be reached: the message of the resource says what is wrong.
        ([("eu", False), ("eu", True)], []),
        ([("eu", True), ("eu", False)], []),
        ([("us", False), ("eu", False), ("eu", False), ("origin", True)], ["trueup doctor --target eu --target us"]),
    ],
)
def test_the_doctor_is_named_for_targets_of_which_nothing_was_read(
    resources: list[tuple[str, bool]], words: list[str]
) -> None:
    closings = list(unread_closing(resources))
    assert [closing.spans[0].text for closing in closings] == [f"Find out why: {text}" for text in words]
