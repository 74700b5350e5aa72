"""Members of archives come in order, with the names and pictures they have there."""

import os
import subprocess
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from components.image_example_gen.dealing import shards
from models import features
from tests.components.conftest import Ingest, MakeJpeg, MakeTar
from tests.components.image_example_gen.executor.ingested import (
    examples_of,
    fill,
    paths_of,
    record_files,
    rejects_of,
    text,
)
from tests.pictures import encoded

ONE_EACH = shards.Sizes(1 << 20, 99, 1, 1)


def test_archives_are_read_in_order_and_name_category_and_place(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    names = [f"train/beach/{number}.jpg" for number in (7, 3, 5, 1)]
    members = {name: make_jpeg(number) for number, name in enumerate(names)}
    archive = make_tar(
        tmp_path / "x.tar", {**members, "./val/lake/1.jpg": make_jpeg(9), "train/bad.jpg": b"bad"}
    )
    found = ingest([archive], tmp_path / "output", sizes=ONE_EACH)
    assert paths_of(found) == {
        "train": [f"x.tar/{name}" for name in names],
        "eval": ["x.tar/val/lake/1.jpg"],
    }
    assert [text(one, features.IMAGE) for one in examples_of(found, "train")] == [*members.values()]
    assert {text(one, features.CATEGORY) for one in examples_of(found, "train")} == {b"beach"}
    assert {text(one, features.CATEGORY) for one in examples_of(found, "eval")} == {b"lake"}
    assert [row[:2] for row in rejects_of(found)] == [["x.tar/train/bad.jpg", "corrupt"]]
    # All of the last shard was rejected: it is there, and empty.
    assert record_files(found)["Split-train/data_tfrecord-00004-of-00005"] == b""


def test_names_in_an_archive_need_not_be_in_a_known_encoding(
    make_jpeg: MakeJpeg, make_tar: MakeTar, ingest: Ingest, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"caf\xe9")
    members = {f"val/{odd}.jpg": make_jpeg(1), f"val/{odd}/bad.jpg": b"bad"}
    archive = make_tar(tmp_path / "x.tar", {**members, "train/写真.jpg": make_jpeg(2)})
    found = ingest([archive], tmp_path / "output")
    assert paths_of(found) == {
        "train": ["x.tar/train/写真.jpg"],
        "eval": ["x.tar/val/caf\\xe9.jpg"],
    }
    assert [row[:2] for row in rejects_of(found)] == [["x.tar/val/caf\\xe9/bad.jpg", "corrupt"]]


def test_a_sparse_member_gives_its_own_picture_or_none(
    make_jpeg: MakeJpeg, ingest: Ingest, tmp_path: Path
) -> None:
    night = np.zeros((60, 400, 3), np.uint8)
    night[:3], night[-3:] = 200, (250, 20, 20)
    source = tmp_path / "source"
    fill(source, [(f"b{n}.jpg", make_jpeg(n, 60, 60)) for n in range(9)])
    raw = encoded(Image.fromarray(night), "TIFF")
    with open(source / "a.tif", "wb") as file:
        for start in range(0, len(raw), 4096):
            block = raw[start : start + 4096]
            if block.strip(b"\0"):
                file.seek(start)
                file.write(block)
        file.truncate(len(raw))
    command = ["tar", "--sparse", "--sort=name", "-cf", tmp_path / "x.tar", "-C", source, "."]
    subprocess.run(command, check=True)
    found = ingest([tmp_path / "x.tar"], tmp_path / "output")
    by_path = {
        text(one, features.PATH): text(one, features.IMAGE)
        for split in ("train", "eval")
        for one in examples_of(found, split)
    }
    pixels = tf.io.decode_jpeg(by_path[b"x.tar/a.tif"]).numpy()
    np.testing.assert_allclose(pixels[-1, 200], (250, 20, 20), atol=6)
    np.testing.assert_allclose(pixels[30, 200], (0, 0, 0), atol=3)
    assert len(by_path) == 10
