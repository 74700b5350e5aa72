import io

import numpy as np
from PIL import Image
from PIL.Image import fromarray

from pipeline.notebook.views import display


def test_a_table_sets_numbers_to_the_right_and_escapes_its_own_signs() -> None:
    shown = display.table(("name", "images", "share"), [("a|b", 3, 0.25), ("c\nd", 12, 1.0)])
    assert shown.data.splitlines() == [
        "| name | images | share |",
        "| --- | ---: | ---: |",
        "| a\\|b | 3 | 0.250 |",
        "| c d | 12 | 1.000 |",
    ]


def test_an_empty_table_has_a_head() -> None:
    assert display.table(("a", "b"), []).data.splitlines() == ["| a | b |", "| --- | --- |"]


def test_a_photograph_is_a_jpeg_of_the_same_size() -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = 255
    with Image.open(io.BytesIO(display.photograph(fromarray(pixels)).data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (60, 40))
        assert shown.getpixel((5, 5))[0] < 10
        assert shown.getpixel((55, 5))[0] > 245
