import pytest

from unit.report.golden import FOLDER, GOLDEN


@pytest.mark.parametrize("name", GOLDEN)
def test_a_rendering_is_the_one_that_was_reviewed(name: str) -> None:
    assert GOLDEN[name]() == (FOLDER / name).read_text(encoding="utf-8")


def test_every_reviewed_rendering_is_compared() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(GOLDEN)
