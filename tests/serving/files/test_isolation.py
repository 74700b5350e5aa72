"""Files are read in processes of their own, which a bomb may end and a client's leaving does."""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from serving.errors import BadPicture, TooLarge
from serving.files import isolation
from serving.files.isolation import Cancelled, Decoders
from serving.output import Reading
from serving.settings import Settings
from tests.models.images.test_headers import many_scans, one_tile
from tests.pictures import encoded
from tests.serving.files.test_decoding import PIXELS, PNG, with_metadata


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    with Decoders(Settings()) as decoders:
        yield decoders


def _read(file: Path) -> str:
    with contextlib.suppress(OSError):  # a thread that has ended meanwhile
        return file.read_text()
    return ""


def children() -> set[int]:
    """The processes that read files, of whatever this process has."""
    every = {
        int(child)
        for task in Path("/proc/self/task").iterdir()
        for child in _read(task / "children").split()
    }
    found = set()
    for pid in every:
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


def test_it_gives_what_the_decoder_gives(decoders: Decoders) -> None:
    assert decoders.size(PNG) == (9, 6)
    picture = decoders.picture(PNG, 54)
    np.testing.assert_array_equal(picture.pixels, PIXELS)
    assert picture[1:] == (None, (), b"", b"", None)
    rgba = np.dstack([PIXELS, np.zeros((6, 9), np.uint8)])
    rgba[0, 0, 3] = 255
    data = encoded(Image.fromarray(rgba))
    picture = decoders.picture(data, 54, Reading(alpha="area"))
    assert picture.area is not None
    assert (~picture.area).sum() == 1
    painted = decoders.mask(data, 54)
    np.testing.assert_array_equal(painted, ~picture.area)
    kept = decoders.picture(with_metadata(), 54, Reading(metadata="keep"))
    assert kept.exif.startswith(b"Exif")
    assert kept.dpi == (300, 300)


def test_what_is_no_picture_is_told_in_the_same_words(decoders: Decoders) -> None:
    with pytest.raises(BadPicture, match="not an image in JPEG"):
        decoders.size(b"hello")
    with pytest.raises(BadPicture, match="the image is broken"):
        decoders.picture(PNG[:-30], 54)
    with pytest.raises(TooLarge, match="more than the 64 megapixels"):
        decoders.size(encoded(Image.new("1", (8001, 8000))))


def test_bombs_are_refused_by_their_headers(decoders: Decoders) -> None:
    for bomb, word in ((many_scans(256, 200), "scans"), (one_tile(8000), "tile")):
        with pytest.raises(TooLarge, match=word):
            decoders.size(bomb)


def test_what_takes_too_much_memory_ends_without_taking_it(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = Image.fromarray(np.zeros((3000, 3000, 3), np.uint8))
    monkeypatch.setattr(isolation, "_MEMORY", 20_000_000)
    with pytest.raises(TooLarge, match=r"more memory than one of 0\.0 megapixels may"):
        decoders.picture(encoded(noise), 1)  # as if its header had lied
    monkeypatch.undo()
    np.testing.assert_array_equal(decoders.picture(PNG, 54).pixels, PIXELS)


def test_what_takes_too_long_is_ended_and_the_next_picture_is_read(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "_CPU_SECONDS", -1.5)
    monkeypatch.setattr(isolation, "_CPU_PER_MEGAPIXEL", 0.0)
    monkeypatch.setattr(isolation, "_PATIENCE", -20)
    data = many_scans(4000, 60)
    with pytest.raises(TooLarge, match="processor time"):
        decoders.picture(data, 16_000_000)
    monkeypatch.undo()
    np.testing.assert_array_equal(decoders.picture(PNG, 54).pixels, PIXELS)


def test_work_for_who_has_gone_is_ended(decoders: Decoders) -> None:
    gone = threading.Event()
    threading.Timer(0.3, gone.set).start()
    decoders.size(PNG)
    before = children()
    with pytest.raises(Cancelled):
        decoders.picture(many_scans(7000, 60), 49_000_000, None, gone)
    assert len(before - children()) == 1  # the process that worked on it is no more


def test_a_process_that_was_killed_is_replaced(decoders: Decoders) -> None:
    decoders.size(PNG)
    for child in children():
        os.kill(child, 9)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert decoders.size(PNG) == (9, 6)


def test_closed_ones_leave_no_process_and_no_descriptor() -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before, open_before = children(), descriptors()
    with Decoders(Settings(), 2) as decoders:
        decoders.warm()
        decoders.size(PNG)
        assert children() - before
    assert children() == before
    assert descriptors() == open_before
    forgotten = Decoders(Settings())
    forgotten.size(PNG)
    del forgotten
    assert children() == before


def test_they_know_nothing_of_this_process(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTPAINT_API_KEY", "sesame")
    with Decoders(Settings()) as fresh:
        before = children()
        fresh.size(PNG)
        (child,) = children() - before
        assert b"sesame" not in Path(f"/proc/{child}/environ").read_bytes()
        limits = Path(f"/proc/{child}/limits").read_text()
    assert re.search(r"Max file size +0 +0 ", limits)
    assert re.search(r"Max core file size +0 +0 ", limits)
