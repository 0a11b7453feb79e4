import pytest

from trueup.report.words import counted, duration


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 requests"), (1, "1 request"), (2, "2 requests"), (1200, "1,200 requests")]
)
def test_one_is_not_many(number: int, words: str) -> None:
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
def test_durations_are_as_coarse_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
