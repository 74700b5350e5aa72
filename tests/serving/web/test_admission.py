"""No more is taken on than may be, and all of it is given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.web.admission import Admission, Full
from serving.web.settings import WebSettings


def admission(pictures: int = 9, megapixels: float = 10, **more: float) -> Admission:
    settings = {"max_concurrent": pictures, "max_megapixels_at_once": megapixels, **more}
    return Admission(WebSettings(**settings))


def test_pictures_are_bounded_and_given_back() -> None:
    gate = admission(2)
    tickets = [gate.enter("a"), gate.enter("b")]
    assert gate.is_full
    with pytest.raises(Full, match=r"2 pictures .*--max-concurrent\); try again in 1 s"):
        gate.enter("c")
    with pytest.raises(Full):
        gate.check()
    tickets[0].leave()
    tickets[0].forget()  # counted once
    assert (gate.pictures, gate.is_full) == (1, False)


def test_one_client_is_bounded_by_itself() -> None:
    gate = admission(9, max_per_client=1)
    first = gate.enter("a")
    with pytest.raises(Full, match="1 of your pictures"):
        gate.enter("a")
    gate.enter("b")
    first.leave()
    gate.enter("a")


def test_a_lone_picture_is_let_in_whatever_its_size_and_its_result() -> None:
    gate = admission(megapixels=10)
    large = gate.enter("a")
    large.claim(8)
    large.claim(50)  # its own input does not stand in its way
    small = gate.enter("b")
    with pytest.raises(Full, match=r"58.0 megapixels are held for others.*1.0, would pass the 10"):
        small.claim(1)
    large.leave()
    with pytest.raises(Full):
        small.claim(1)  # until the result is sent, it is in memory
    large.forget()
    small.claim(6)
    small.claim(4)
    assert gate.megapixels == 10


def test_uploads_are_bounded_by_number_and_by_bytes() -> None:
    gate = admission(max_uploads=2, max_upload_megabytes=3)
    with gate.upload(2_000_000):
        with (
            pytest.raises(Full, match=r"2 of 3 megabytes.*this one has 1.5"),
            gate.upload(1_500_000),
        ):
            pass
        with gate.upload(500_000), pytest.raises(Full, match="2 uploads"), gate.upload(1):
            pass
    with gate.upload(9_000_000):  # alone: the limit of a file is another
        assert gate.upload_bytes == 9_000_000
    assert (gate.uploads, gate.upload_bytes) == (0, 0)


@given(st.lists(st.floats(0.01, 30), max_size=8))
def test_the_bound_holds(claims: list[float]) -> None:
    gate = admission(9, 40)
    tickets = []
    for claim in claims:
        ticket = gate.enter("a")
        tickets.append(ticket)
        before = gate.megapixels
        try:
            ticket.claim(claim)
        except Full:
            assert before + claim > 40
            assert gate.megapixels == before
        assert gate.megapixels <= 40
    for ticket in tickets:
        ticket.forget()
    assert (gate.pictures, gate.megapixels) == (0, 0)
