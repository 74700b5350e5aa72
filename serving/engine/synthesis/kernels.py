"""The inner loops, compiled. Each works on a strip of rows, and strips do not see each other.

A field is int32 [height, width]: for each target, the flat place of its source; -1 elsewhere.
Targets and sources are centres of square patches that lie within the picture.
"""

from typing import Any

import numba
import numpy as np

_ENDLESS = np.float32(np.inf)


def _compiled(function: Any) -> Any:
    """Compiled at its first call, kept on disk for the next process; lets other threads run."""
    return numba.njit(function, cache=True, nogil=True)


@_compiled
def _mixed(number):
    """A hash of 32 bits (Wang and others; constants by Chris Wellons' search): uint32."""
    x = np.uint32(number)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


@_compiled
def _difference(values, one, other, stride, side, limit):
    """The sum of squared differences of two patches; stops at the row that reaches the limit."""
    total = np.int32(0)
    for _ in range(side):
        row = np.int32(0)
        for i in range(3 * side):
            apart = np.int32(values[one + i]) - np.int32(values[other + i])
            row += apart * apart
        total += row
        if total >= limit:
            break
        one += stride
        other += stride
    return total


@_compiled
def search(
    picture, source, target, penalty, rows, row_weight, far, near_weight, field, before, cost,
    radius, reach, seed, backwards, first, last,
):  # fmt: skip
    """One pass of PatchMatch (Barnes et al. 2009) over the rows from first to last.

    Args:
        picture: uint8 [height, width, 3], the estimate so far; known pixels as they are.
        source: uint8 [height, width], 1 where a patch is wholly known.
        target: uint8 [height, width], 1 where a patch is sought.
        penalty: float32 [height, width], on each source, in squared levels.
        rows: float32 [height], the row from which each row would best be taken.
        row_weight: float32, squared levels for each squared row off that.
        far: float32, pixels that a source had better be from its target.
        near_weight: float32, squared levels for one that lies on it; less with distance.
        field: int32 [height, width], written.
        before: A copy of `field`: what other strips hold.
        cost: float32 [height, width], written.
        radius: Of a patch; its side is 2 radius + 1.
        reach: Pixels from the best so far within which random places are tried.
        seed: Any integer.
        backwards: Whether to go from the last row and column to the first.
        first: Row.
        last: The first row not worked.
    """
    height, width = target.shape
    values = picture.reshape(-1)
    stride, side = 3 * width, 2 * radius + 1
    samples = np.float32(3 * side * side)
    step = 1 if backwards else -1
    for i in range(first, last):
        y = first + last - 1 - i if backwards else i
        for j in range(width):
            x = width - 1 - j if backwards else j
            if not target[y, x]:
                continue
            here = ((y - radius) * width + x - radius) * 3
            state = _mixed(np.uint32(y * width + x) ^ _mixed(np.uint32(seed)))
            best, place = _ENDLESS, before[y, x]
            within, number = reach, 0
            while number <= 4 or within > 0:
                if number == 0:
                    v, u = place // width, place % width
                elif number <= 4:
                    # The neighbours: two of this pass, two of the one before.
                    ny = y + (step if number == 1 else -step if number == 3 else 0)
                    nx = x + (step if number == 2 else -step if number == 4 else 0)
                    number += 1
                    if ny < 0 or nx < 0 or ny >= height or nx >= width or not target[ny, nx]:
                        continue
                    theirs = field[ny, nx] if first <= ny < last else before[ny, nx]
                    v, u = theirs // width + y - ny, theirs % width + x - nx
                    number -= 1
                else:
                    state = _mixed(state + np.uint32(number))
                    v = place // width + np.int64(state & 0xFFFF) % (2 * within + 1) - within
                    u = place % width + np.int64(state >> 16) % (2 * within + 1) - within
                    within //= 2
                number += 1
                if v < 0 or u < 0 or v >= height or u >= width or not source[v, u]:
                    continue
                off = rows[y] - np.float32(v)
                extra = row_weight * off * off + penalty[v, u]
                nearness = np.float32(1) - np.float32((v - y) ** 2 + (u - x) ** 2) / (far * far)
                if nearness > 0:
                    extra += near_weight * nearness
                if extra >= best:
                    continue
                limit = np.int32(min((best - extra) * samples, np.float32(2e9)))
                there = ((v - radius) * width + u - radius) * 3
                apart = _difference(values, here, there, stride, side, limit)
                if apart < limit:
                    best, place = extra + np.float32(apart) / samples, v * width + u
            field[y, x], cost[y, x] = place, best


@_compiled
def vote(picture, hidden, field, weight, radius, first, last):
    """Writes into hidden pixels what the patches over them say, on average (Wexler et al. 2007).

    Args:
        picture: uint8 [height, width, 3]; hidden pixels are written, others read.
        hidden: uint8 [height, width], 1 where hidden.
        field: int32 [height, width].
        weight: float32 [height, width], of each target's patch; above 0.
        radius: Of a patch.
        first: Row.
        last: The first row not worked.
    """
    height, width = hidden.shape
    for y in range(first, last):
        for x in range(width):
            if not hidden[y, x]:
                continue
            red = green = blue = total = np.float32(0)
            for v in range(max(0, y - radius), min(height, y + radius + 1)):
                for u in range(max(0, x - radius), min(width, x + radius + 1)):
                    place = field[v, u]
                    if place < 0:
                        continue
                    row, column = place // width + y - v, place % width + x - u
                    share = weight[v, u]
                    red += share * picture[row, column, 0]
                    green += share * picture[row, column, 1]
                    blue += share * picture[row, column, 2]
                    total += share
            half = np.float32(0.5)
            picture[y, x, 0] = np.uint8(red / total + half)
            picture[y, x, 1] = np.uint8(green / total + half)
            picture[y, x, 2] = np.uint8(blue / total + half)


@_compiled
def carry(coarse, source, target, spare, field, radius, seed, first, last):
    """Carries a field to a larger scale, rows from first to last: what lay beside stays beside.

    Args:
        coarse: int32 [h, w], the field at the scale before; patches of the same radius.
        source: uint8 [height, width], at this scale.
        target: Likewise.
        spare: int32 [n], some sources, for targets whose carried place is none.
        field: int32 [height, width], written; -1 where there is no target.
        radius: Of a patch.
        seed: Any integer.
        first: Row.
        last: The first row not worked.
    """
    h, w = coarse.shape
    height, width = target.shape
    for y in range(first, last):
        old_y = min(max(y * h // height, radius), h - 1 - radius)
        for x in range(width):
            field[y, x] = -1
            if not target[y, x]:
                continue
            old_x = min(max(x * w // width, radius), w - 1 - radius)
            place = coarse[old_y, old_x]
            if place >= 0:
                v = y + round((place // w - old_y) * height / h)
                u = x + round((place % w - old_x) * width / w)
                v = min(max(v, radius), height - 1 - radius)
                u = min(max(u, radius), width - 1 - radius)
                if source[v, u]:
                    field[y, x] = v * width + u
                    continue
            state = _mixed(np.uint32(y * width + x) ^ _mixed(np.uint32(seed)))
            field[y, x] = spare[np.int64(state) % len(spare)]
