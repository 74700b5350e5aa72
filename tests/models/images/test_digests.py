"""A digest tells any two files of records apart, by content alone."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from models.images.digests import Digest

RECORDS = st.lists(st.binary(max_size=4), max_size=4)


def digits(records: Sequence[bytes]) -> str:
    digest = Digest()
    for record in records:
        digest.add(record)
    return digest.digits()


@given(RECORDS, RECORDS)
def test_it_is_the_same_for_the_same_records_alone(some: list[bytes], others: list[bytes]) -> None:
    assert (digits(some) == digits(others)) == (some == others)


def test_where_a_record_ends_and_which_comes_first_matter() -> None:
    same_bytes = [[b"ab", b"c"], [b"a", b"bc"], [b"abc"], [b"abc", b""], [b"c", b"ab"]]
    assert len({digits(records) for records in same_bytes}) == len(same_bytes)
    assert all(len(digits(records)) == 32 for records in same_bytes)
