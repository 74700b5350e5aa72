"""The same photograph is known again, another one is not."""

import functools
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from components.image_example_gen import duplicates, images
from tests.pictures import encoded

SAMPLE = Path(__file__).parents[3] / "data" / "sample"
LIMITS = images.Limits(256, 32, 65_500, 10**8, 10**8, 10**9)
FILES = sorted(SAMPLE.rglob("*.jpg"))
_jpeg = functools.partial(encoded, form="JPEG", quality=90)


def _opened(file: Path) -> Image.Image:
    with Image.open(file) as image:
        return image.convert("RGB")


def _signatures(*data: bytes) -> np.ndarray:
    return duplicates.signatures(np.stack([images.examine(each, LIMITS)[1] for each in data]))


@pytest.fixture(scope="module")
def originals() -> np.ndarray:
    return _signatures(*(file.read_bytes() for file in FILES))


CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "recompressed": lambda image: _jpeg(image, quality=40),
    "at half the size": lambda image: _jpeg(image.reduce(2)),
    "at another size": lambda image: _jpeg(image.resize((700, 500))),
    "brighter": lambda image: _jpeg(ImageEnhance.Brightness(image).enhance(1.05)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_photograph_is_known_again(change: str, originals: np.ndarray) -> None:
    changed = _signatures(*(CHANGES[change](_opened(file)) for file in FILES))
    found = set(duplicates.pairs(originals, changed))
    itself = {(n, n) for n in range(len(FILES))}
    assert found <= itself
    assert len(found) >= 0.9 * len(FILES)


def test_other_photographs_are_not_alike(originals: np.ndarray) -> None:
    assert list(duplicates.pairs(originals, originals)) == [(n, n) for n in range(len(FILES))]
    mirrored = [_jpeg(_opened(f).transpose(Image.Transpose.FLIP_LEFT_RIGHT)) for f in FILES]
    assert list(duplicates.pairs(originals, _signatures(*mirrored))) == []


def test_a_flat_picture_is_told_by_its_colour() -> None:
    colours = [(90, 90, 90), (90, 90, 95), (200, 20, 20), (20, 200, 20)]
    found = _signatures(*(_jpeg(Image.new("RGB", (64, 48), colour)) for colour in colours))
    assert list(duplicates.pairs(found[:1], found)) == [(0, 0), (0, 1)]
    grey = _signatures(_jpeg(Image.new("L", (64, 48), 90)))
    assert list(duplicates.pairs(grey, found)) == [(0, 0), (0, 1)]


def test_no_picture_has_no_signature() -> None:
    none = duplicates.signatures(np.zeros((0, 16, 16, 3), np.uint8))
    assert len(none) == 0
    one = duplicates.signatures(np.zeros((1, 16, 16, 3), np.uint8))
    assert list(duplicates.pairs(none, one)) == list(duplicates.pairs(one, none)) == []


def _hashes(values: list[int]) -> np.ndarray:
    found = np.zeros(len(values), duplicates.SIGNATURE)
    found["hash"] = np.array(values, np.uint64)
    return found


_NEAR = st.builds(
    lambda base, bits: base ^ sum(1 << bit for bit in bits),
    st.sampled_from([0, 0x0123456789ABCDEF, 2**64 - 1]),
    st.sets(st.integers(0, 63), max_size=6),
)


@settings(deadline=None, max_examples=50)
@given(st.lists(_NEAR, max_size=30), st.lists(_NEAR, max_size=30), st.integers(1, 40))
def test_every_pair_within_three_bits_is_found_and_no_other(
    some: list[int], others: list[int], together: int
) -> None:
    expected = [
        (i, j)
        for (i, one), (j, other) in itertools.product(enumerate(some), enumerate(others))
        if (one ^ other).bit_count() <= 3
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duplicates, "_PAIRS", together)
        assert list(duplicates.pairs(_hashes(some), _hashes(others))) == expected
