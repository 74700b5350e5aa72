"""No more is taken on than may be, and all of it is given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.model.batching import Overloaded
from serving.web.admission import Admission


def test_pictures_are_bounded_and_given_back() -> None:
    admission = Admission(2, 10)
    with admission.enter(), admission.enter():
        assert admission.is_full
        with pytest.raises(Overloaded, match="2 pictures"), admission.enter():
            pass
    assert not admission.is_full
    with pytest.raises(KeyError), admission.enter():
        raise KeyError
    assert admission.pictures == 0


def test_a_large_picture_comes_in_alone_only() -> None:
    admission = Admission(9, 10)
    with admission.enter() as large:
        large.claim(50)
        with admission.enter() as small, pytest.raises(Overloaded, match="50 megapixels"):
            small.claim(1)
        assert admission.megapixels == 50
    with admission.enter() as small:
        small.claim(6)
        small.claim(4)
        with admission.enter() as other, pytest.raises(Overloaded):
            other.claim(0.1)


@given(st.lists(st.floats(0.01, 30), max_size=8))
def test_the_bound_holds(claims: list[float]) -> None:
    admission = Admission(9, 40)
    tickets = []
    for claim in claims:
        context = admission.enter()
        tickets.append(context)
        ticket = context.__enter__()
        before = admission.megapixels
        try:
            ticket.claim(claim)
        except Overloaded:
            assert before + claim > 40
            assert admission.megapixels == before
        assert admission.megapixels <= 40
    for context in tickets:
        context.__exit__(None, None, None)
    assert (admission.pictures, admission.megapixels) == (0, 0)
