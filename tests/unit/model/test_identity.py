from trueup.model.identity import Identity, IdField, Kind


def test_identities_sort_by_target_kind_and_value() -> None:
    origin = Identity("a", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "z")
    first = Identity("a", Kind.CONNECTOR, IdField.KEY, "m")
    second = Identity("a", Kind.CONNECTOR, IdField.KEY, "n")
    other_target = Identity("b", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "a")
    assert sorted([other_target, second, first, origin]) == [origin, first, second, other_target]
