from trueup.manifest.positions import NodePositions, depth, node_count
from trueup.manifest.yaml_file import read_yaml
from trueup.model.position import Position, Step

TEXT = b"""\
# a comment
apiVersion: trueup/v1

spec:
  creator: {email: a, name: "b"}
  list:
  - one
  -   two: [x,
            y]
  after: 1
"""


def _positions() -> NodePositions:
    return read_yaml(TEXT, "dir/a.yaml").documents[0].positions


def _at(*path: Step) -> tuple[int, int]:
    position = _positions().at(path)
    assert position.file == "dir/a.yaml"
    return position.line, position.column


def test_the_position_of_a_member_is_that_of_its_key() -> None:
    assert _at("apiVersion") == (2, 1)
    assert _at("spec", "creator", "name") == (5, 23)
    assert _at("spec", "after") == (10, 3)


def test_the_position_of_an_item_is_its_start() -> None:
    assert _at("spec", "list", 0) == (7, 5)
    assert _at("spec", "list", 1) == (8, 7)
    assert _at("spec", "list", 1, "two", 1) == (9, 13)


def test_the_position_of_the_document_is_the_start_of_its_content() -> None:
    assert _at() == (2, 1)


def test_the_position_of_a_missing_node_is_that_of_its_deepest_ancestor() -> None:
    assert _at("spec", "nothing", "below") == (4, 1)
    assert _at("spec", "list", 7) == (6, 3)
    assert _at("spec", "creator", "email", "deeper") == (5, 13)
    assert _at("nothing") == (2, 1)


def test_columns_count_characters() -> None:
    positions = read_yaml("é: {ü: 😀, b: 1}".encode(), "a").documents[0].positions
    assert positions.at(("é", "b")) == Position("a", 1, 11)


def test_positions_of_a_later_document_count_from_the_start_of_the_file() -> None:
    positions = read_yaml(b"a: 1\n---\nb: 1\n", "a").documents[1].positions
    assert positions.at(("b",)) == Position("a", 3, 1)


def test_size_counts_the_nodes_below_and_depth_the_levels() -> None:
    node = {"a": [1, {"b": 2}], "c": {}}
    assert (node_count(node), node_count([]), node_count("abc")) == (5, 0, 0)
    assert (depth(node), depth([]), depth("abc")) == (3, 1, 0)
