"""Near-duplicates: the same photograph again, recompressed, resized or a little retouched.

A perceptual hash finds candidates, coarse colours confirm them. The hash is the one of C. Zauner,
*Implementation and Benchmarking of Perceptual Image Hash Functions* (2010): which of the lowest
frequencies of the grey picture are above their median.
"""

from collections.abc import Iterator

import cv2
import numpy as np

SIDE = 16  # of a thumbnail, pixels
_LOW = 8  # frequencies a direction
_CELLS = 4  # a side, of coarse colours
_MOST_BITS = 3  # of 64 that may differ
_MOST_LEVELS = 12.0  # of 255, by which colours may differ (root of the mean square)
_BANDS = 4  # of 16 bits: where at most 3 bits differ, one band at least is the same
_PAIRS = 1 << 22  # looked at together
SIGNATURE = np.dtype([("hash", "<u8"), ("colours", "u1", (_CELLS, _CELLS, 3))])
_SINE = np.arange(SIDE) + 0.5
_COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(_LOW), _SINE)).astype(np.float32)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def thumbnail(pixels: np.ndarray) -> np.ndarray:
    """Makes a picture tiny.

    Args:
        pixels: uint8 [height, width, 1 or 3].

    Returns:
        uint8 [16, 16, 3].
    """
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small if small.ndim == 3 else np.repeat(small[..., None], 3, axis=2)


def signatures(thumbnails: np.ndarray) -> np.ndarray:
    """Sums up pictures in 56 bytes each.

    Args:
        thumbnails: uint8 [n, 16, 16, 3].

    Returns:
        SIGNATURE [n].
    """
    found = np.zeros(len(thumbnails), SIGNATURE)
    if len(thumbnails):
        grey = thumbnails.astype(np.float32) @ _LUMA
        low = (_COSINES @ grey @ _COSINES.T).reshape(len(grey), -1).round(3)
        low[:, 0] = 0  # brightness
        bits = low > np.median(low, axis=1, keepdims=True)
        found["hash"] = np.packbits(bits, axis=1).view("<u8")[:, 0]
        step = SIDE // _CELLS
        cells = thumbnails.reshape(-1, _CELLS, step, _CELLS, step, 3)
        found["colours"] = cells.mean((2, 4)).round()
    return found


def pairs(some: np.ndarray, others: np.ndarray) -> Iterator[tuple[int, int]]:
    """Finds near-duplicates between two sets.

    Only pictures that share a band of their hash are compared.

    Args:
        some: SIGNATURE [n].
        others: SIGNATURE [m].

    Yields:
        Places in both, in order, each pair once.
    """
    found = set()
    for band in range(_BANDS):
        mine, theirs = (_band(each["hash"], band) for each in (some, others))
        order = np.argsort(theirs, kind="stable")
        first, last = (np.searchsorted(theirs[order], mine, side) for side in ("left", "right"))
        for start, end in _parts(last - first):
            counts = (last - first)[start:end]
            i = np.repeat(np.arange(start, end), counts)
            within = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
            j = order[np.repeat(first[start:end], counts) + within]
            alike = _alike(some[i], others[j])
            found |= set(zip(i[alike].tolist(), j[alike].tolist(), strict=True))
    yield from sorted(found)


def _band(hashes: np.ndarray, band: int) -> np.ndarray:
    return (hashes >> np.uint64(16 * band)) & np.uint64(0xFFFF)


def _parts(counts: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of pictures with a bounded number of candidates, or one picture."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start] - counts[start]
        end = max(start + 1, int(np.searchsorted(ends, before + _PAIRS, "right")))
        yield start, end
        start = end


def _alike(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    differing = np.unpackbits((some["hash"] ^ others["hash"]).view(np.uint8).reshape(-1, 8), axis=1)
    alike = differing.sum(1) <= _MOST_BITS
    colours = [each["colours"][alike].astype(np.float32) for each in (some, others)]
    error = np.square(colours[0] - colours[1]).mean((1, 2, 3))
    alike[alike] = error <= _MOST_LEVELS**2
    return alike
