from trueup.model.value import Known, Members


def test_sets_with_the_same_texts_are_equal_in_any_order() -> None:
    assert Known(Members(("a", "b"))) == Known(Members(("b", "a", "b")))
    assert hash(Members(("a", "b"))) == hash(Members(("b", "a")))


def test_sets_with_other_texts_differ() -> None:
    assert Members(("a", "b")) != Members(("a", "c"))
    assert Members(("a",)) != Members(("a", "b"))
    assert Members(()) != ()
