from trueup.github.comment import FOLDED_MARKER, Marker, key_of, read_marker
from trueup.github.context import RunId


def test_a_marker_is_read_only_from_the_start_of_a_text() -> None:
    made = Marker(what="comment", key=key_of("a"), run=RunId(number=3, attempt=1))
    assert read_marker(f"{made}\nbody") == made
    assert read_marker(f" {made}") is None
    assert read_marker(f"text\n{made}") is None
    assert read_marker(FOLDED_MARKER) is None


def test_a_key_is_the_same_for_the_same_targets_in_any_order() -> None:
    assert key_of("a", "b") == key_of("b", "a", "b")
    assert key_of("a", "b") != key_of("a") != key_of("ab")
    assert key_of("-->\ud800").isalnum()
