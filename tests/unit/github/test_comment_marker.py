from trueup.github.comment import FOLDED_MARKER, Marker, read_marker
from trueup.github.context import RunId


def test_a_marker_is_read_only_from_the_start_of_a_text() -> None:
    made = Marker(what="comment", key="0123456789abcdef", run=RunId(number=3, attempt=1))
    assert read_marker(f"{made}\nbody") == made
    assert read_marker(f" {made}") is None
    assert read_marker(f"text\n{made}") is None
    assert read_marker(FOLDED_MARKER) is None
