"""The sheet of pictures."""

import numpy as np
import pytest

from models.images import contact_sheet


@pytest.fixture
def columns() -> dict[str, np.ndarray]:
    values = np.random.default_rng(0).random((2, 3, 20, 30, 3), np.float32)
    return {"input": values[0], "outpainted": values[1]}


def test_sheet_is_as_large_as_its_tiles_gaps_and_titles(columns: dict[str, np.ndarray]) -> None:
    # Doubled tiles of 60 x 40, gaps of 4 between and around columns, 16 for the titles.
    sheet = contact_sheet.sheet(columns)
    assert sheet.mode == "RGB"
    assert sheet.size == (4 + 60 + 4 + 60 + 4, 16 + 3 * (40 + 4))


def test_every_pixel_is_shown_as_four(columns: dict[str, np.ndarray]) -> None:
    sheet = np.asarray(contact_sheet.sheet(columns))
    for x, column in enumerate(columns.values()):
        for y, picture in enumerate(column):
            left, top = 4 + x * 64, 16 + y * 44
            tile = sheet[top : top + 40, left : left + 60]
            levels = np.round(picture * 255).astype(np.uint8)
            np.testing.assert_array_equal(tile, levels.repeat(2, axis=0).repeat(2, axis=1))


def test_between_the_tiles_is_white_and_above_them_the_titles(
    columns: dict[str, np.ndarray],
) -> None:
    sheet = np.asarray(contact_sheet.sheet(columns))
    assert np.all(sheet[:, :4] == 255)
    assert np.all(sheet[16:, 64:68] == 255)
    assert np.all(sheet[56:60] == 255)
    for left in (4, 68):
        assert sheet[:16, left : left + 60].min() < 128


def test_values_outside_0_and_1_are_clipped() -> None:
    column = np.array([-1.0, 2.0], np.float32).reshape(1, 1, 2, 1).repeat(3, axis=-1)
    tile = np.asarray(contact_sheet.sheet({"": column}))[16:18, 4:8, 0]
    assert tile.tolist() == [[0, 0, 255, 255]] * 2
