"""Whatever the bytes, they become a usable picture or are rejected."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import LIMITS, decoded, oriented
from tests.pictures import encoded, noise


def _assert_usable_or_rejected(data: bytes) -> None:
    try:
        photograph = images.normalise(data, LIMITS)
    except images.Rejected as rejected:
        reason = rejected.reason
    else:
        reason = None
        decoded(photograph)
    assert reason in {None, "empty", "too_large", "too_small", "corrupt"}


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0"])
)
@example(b"", b"")
def test_any_bytes_are_usable_or_rejected(data: bytes, start: bytes) -> None:
    _assert_usable_or_rejected(start + data)


_VALID = {
    "kept jpeg": encoded(noise(20, 20), "JPEG"),
    "turned jpeg": oriented("JPEG", 6, 24, 20),
    "scaled jpeg": encoded(noise(60, 56), "JPEG", quality=30),
    "progressive jpeg": encoded(noise(20, 20), "JPEG", progressive=True),
    "png": encoded(noise(20, 20), "PNG"),
    "tiff": oriented("TIFF", 5, 24, 20),
    "webp": encoded(noise(20, 20), "WEBP"),
    "gif": encoded(noise(20, 20), "GIF"),
}


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(_VALID)), st.data(), st.integers(1, 255))
def test_a_picture_with_one_spoilt_byte_is_usable_or_rejected(
    name: str, data: st.DataObject, flip: int
) -> None:
    spoilt = bytearray(_VALID[name])
    # Half of them at the head, where a byte says more.
    last = data.draw(st.sampled_from([min(200, len(spoilt)), len(spoilt)])) - 1
    spoilt[data.draw(st.integers(0, last))] ^= flip
    _assert_usable_or_rejected(bytes(spoilt))
