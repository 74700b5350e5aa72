"""Fine structure: the seam of a large picture is as sharp as the picture."""

import numpy as np

from serving.engine import detail, imagining, layout
from serving.engine.scaling import Scaled
from tests.serving.conftest import paints


def mirrored(canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """A model that mirrors what is left of the hidden right side."""
    results = canvases.copy()
    for result, mask in zip(results, masks, strict=True):
        known = np.flatnonzero(~(mask[..., 0] > 0.5).all(axis=0))
        if len(known) in (0, 128):
            continue
        width = known[-1] + 1
        columns = np.pad(np.arange(width), (0, 128 - width), "symmetric")
        result[:] = np.where(mask > 0.5, result[:, columns], result)
    return results


def grating(height: int, width: int, period: int) -> np.ndarray:
    stripes = np.where(np.arange(height) // (period // 2) % 2, 200, 50).astype(np.uint8)
    return np.broadcast_to(stripes[:, None, None], (height, width, 3)).copy()


def test_stripes_finer_than_the_layout_go_on_beyond_the_seam() -> None:
    # Rows of 4 pixels, which the layout, 4 times coarser, cannot hold.
    canvas = grating(512, 640, period=4)
    hidden = np.zeros((512, 640), bool)
    hidden[:, 512:] = True
    truth = canvas.astype(int)
    canvas[hidden] = 0
    result = imagining.imagine(canvas, hidden, 128, mirrored, "none").astype(int)
    close, far = np.s_[:, 514:518], np.s_[:, 600:]
    assert abs(result[close] - truth[close]).mean() < 5
    assert 20 < abs(result[far] - truth[far]).mean() < 50  # half their contrast, borrowed


def test_tiles_along_a_straight_seam_know_three_quarters() -> None:
    hidden = np.ones((700, 900), bool)
    hidden[100:600, 150:750] = False
    shares = [hidden[tile.area].mean() for tile in detail._along(hidden)]
    assert min(shares) > 0.2
    assert max(shares) < 0.5  # at the corners, where two sides are hidden
    covered = np.zeros_like(hidden)
    for tile in detail._along(hidden):
        covered[tile.area] = True
    rim = hidden.copy()
    rim[:68] = rim[632:] = rim[:, :118] = rim[:, 782:] = False
    assert covered[rim].all()


def test_no_tile_is_needed_where_the_layout_is_fine_enough() -> None:
    def never(canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
        raise AssertionError

    hidden = np.zeros((150, 150), bool)
    hidden[:, 130:] = True
    canvas = np.full((150, 150, 3), 9, np.uint8)
    coarse = Scaled(np.full((128, 128, 3), 7, np.uint8), hidden[:128, 22:])
    result = detail.refine(coarse, canvas, hidden, never)
    assert (result[hidden] == 7).all()
    assert (result[~hidden] == 9).all()


def test_layout_sees_nothing_that_is_hidden() -> None:
    rng = np.random.default_rng(0)
    canvas = rng.integers(0, 256, (300, 400, 3), np.uint8)
    hidden = np.zeros((300, 400), bool)
    hidden[:, 333:] = True
    other = np.where(hidden[..., None], 255 - canvas, canvas)
    seen: list[np.ndarray] = []

    def predict(canvases: np.ndarray, masks: np.ndarray) -> np.ndarray:
        seen.append(np.where(masks > 0.5, 0, canvases))
        return paints(0.5)(canvases, masks)

    first, second = (layout.imagine(picture, hidden, 300, predict) for picture in (canvas, other))
    np.testing.assert_array_equal(first.canvas, second.canvas)
    assert len(seen) == 2
    np.testing.assert_array_equal(seen[0], seen[1])
