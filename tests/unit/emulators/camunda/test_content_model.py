"""What may follow what inside an element."""

import pytest
from emulators.camunda.content_model import ContentModel


def allows(notation: str, children: str) -> bool:
    """Return whether an element may have exactly these children, one letter each."""
    model = ContentModel.written_as(notation)
    state = model.start
    for child in children:
        taken = [n for n in model.next_places(state) if model.places[n].name in {child, ""}]
        if not taken:
            return False
        state = taken[0]
    return model.may_end(state)


@pytest.mark.parametrize(
    ("notation", "allowed", "refused"),
    [
        ("", [""], ["a"]),
        ("a", ["a"], ["", "aa", "b"]),
        ("a?", ["", "a"], ["aa"]),
        ("a*", ["", "a", "aaa"], ["b"]),
        ("a+", ["a", "aa"], [""]),
        ("a a+", ["aa", "aaa"], ["", "a"]),
        ("(a b)", ["ab"], ["a", "b", "ba"]),
        ("a? b* c", ["c", "ac", "abbc", "bc"], ["", "ab", "cb", "ca"]),
        ("(a | b)", ["a", "b"], ["", "ab"]),
        ("((a b*) | c?)", ["", "a", "abb", "c"], ["b", "ac"]),
        ("(a b)* c?", ["", "ab", "ababc"], ["a", "aba", "ca"]),
        ("<any,lax>*", ["", "xyz"], []),
    ],
)
def test_children_follow_the_notation(notation: str, allowed: list[str], refused: list[str]) -> None:
    """Sequences, alternatives and repetitions mean what they mean in regular expressions."""
    assert [children for children in allowed if not allows(notation, children)] == []
    assert [children for children in refused if allows(notation, children)] == []


def test_content_of_a_type_follows_that_of_the_type_it_extends() -> None:
    """One content after another is their sequence."""
    both = ContentModel.written_as("a?").followed_by(ContentModel.written_as("b* c"))
    assert [both.places[n].name for n in both.next_places(both.start)] == ["a", "b", "c"]
    assert not both.may_end(both.start)


def test_a_child_that_is_declared_in_place_has_its_type() -> None:
    """A name is followed by a type where the element is known nowhere else."""
    [place] = ContentModel.written_as("incoming=xsd:QName*").places
    assert (place.name, place.type_name) == ("incoming", "xsd:QName")
