"""Data of which nothing, or too little, can be used is an error that names it."""

import re
from pathlib import Path

import pytest

from tests.components.conftest import Ingest, MakeJpeg
from tests.components.image_example_gen.executor.ingested import fill


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([("notes.txt", b"")], r"no file ends in .*\.jpg.*\.zip; ignored \(1 \.txt\)"),
        ([("1.jpg", b""), ("2.jpg", b"?")], r"all 2 were rejected \(1 corrupt, 1 empty\)"),
    ],
)
def test_a_folder_without_a_usable_image_is_an_error_that_names_it(
    files: list[tuple[str, bytes]], why: str, ingest: Ingest, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "[my] photos", files)
    with pytest.raises(ValueError, match=re.escape(f"no usable image in {folder}: ") + why):
        ingest([folder], tmp_path / "output")


def test_a_single_image_is_too_few(make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path) -> None:
    folder = fill(tmp_path / "photos", [("1.jpg", make_jpeg())])
    with pytest.raises(
        ValueError, match=f"too few images in {folder} to fill every split"
    ) as error:
        ingest([folder], tmp_path / "output")
    assert re.search(r"\((1 train, 0 eval|0 train, 1 eval)\)", str(error.value))
