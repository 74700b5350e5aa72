"""`outpaint image` on real files, with a model that paints everything in one level."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cli.main import main
from tests.patience import PATIENCE
from tests.serving.plain_model import write_plain_model

ROOT = Path(__file__).parents[3]
LEVEL = 153
PICTURE = np.random.default_rng(1).integers(0, 256, (20, 40, 3), np.uint8)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving")
    write_plain_model(folder / "7", LEVEL / 255)
    return folder


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with `a.png` and `b.png`."""
    for name in ("a.png", "b.png"):
        Image.fromarray(PICTURE).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(model: Path, *args: str, data: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["image", *args, "--model", str(model)], input=data)


def opened(source: str | bytes) -> np.ndarray:
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        return np.asarray(image)


def test_a_side_is_added_and_the_rest_stays(model: Path, photos: Path) -> None:
    result = run(model, "a.png", "-o", "out.png", "--extend", "right=50%", "--blend", "none")
    assert (result.exit_code, result.output) == (0, "")
    expected = np.full((20, 60, 3), LEVEL, np.uint8)
    expected[:, :40] = PICTURE
    np.testing.assert_array_equal(opened("out.png"), expected)


def test_every_option_counts(model: Path, photos: Path) -> None:
    mask = np.zeros((20, 40), np.uint8)
    mask[5:9, 10:20] = 255
    Image.fromarray(mask).save("mask.png")
    options = ["--mode", "zoom-out", "--extend", "all=10%", "--extend", "top=4", "--steps", "2"]
    options += ["--ratio", "3:1", "--anchor", "right", "--mask", "mask.png", "--blend", "none"]
    result = run(model, "a.png", "-o", "out.png", *options)
    assert result.exit_code == 0, result.output
    # 40 + 4 + 4 + 5 + 5 wide; 20 + 4 + 2 + 4 + 3 high; three times as wide as that.
    expected = np.full((33, 99, 3), LEVEL, np.uint8)
    left, top = 99 - 58 + 9, 8
    expected[top : top + 20, left : left + 40] = np.where(mask[..., None], LEVEL, PICTURE)
    np.testing.assert_array_equal(opened("out.png"), expected)


def test_a_batch_goes_on_after_a_bad_file_and_reports_it(model: Path, photos: Path) -> None:
    Path("bad.jpg").write_text("no picture")
    result = run(model, "a.png", "bad.jpg", "gone.jpg", "b.png", "-o", "out", "--json")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "bad.jpg: not an image in JPEG, PNG, WEBP, BMP, GIF, TIFF format",
        "gone.jpg: No such file or directory",
        "2 of 4 pictures failed",
    ]
    report = json.loads(result.stdout)
    assert report["model"] == {"version": "7", "path": str(model / "7")}
    seconds = [item.pop("seconds") for item in report["results"]]
    assert all(value >= 0 for value in seconds)
    size = {"width": 60, "height": 30}
    assert report["results"] == [
        {"input": "a.png", "output": "out/a.png", **size},
        {"input": "bad.jpg", "error": "not an image in JPEG, PNG, WEBP, BMP, GIF, TIFF format"},
        {"input": "gone.jpg", "error": "No such file or directory"},
        {"input": "b.png", "output": "out/b.png", **size},
    ]
    assert sorted(os.listdir("out")) == ["a.png", "b.png"]


def test_a_picture_that_does_not_allow_the_request_is_named(model: Path, photos: Path) -> None:
    result = run(model, "a.png", "-o", "out.png", "--size", "39x20")
    assert result.exit_code == 1
    assert result.output.startswith("a.png: size 39x20 is smaller than the picture")
    assert not Path("out.png").exists()


def test_a_mask_that_is_none_is_named(model: Path, photos: Path) -> None:
    Path("mask.png").write_text("no picture")
    result = run(model, "a.png", "-o", "x.png", "--mask", "mask.png")
    assert result.exit_code == 1
    assert result.output.startswith("Error: mask.png: not an image in ")


def test_from_a_stream_to_a_stream(model: Path, photos: Path) -> None:
    data = Path("a.png").read_bytes()
    result = run(model, "-", "-o", "-", "--format", "jpeg", data=data)
    assert result.exit_code == 0, result.stderr
    assert result.stdout_bytes.startswith(b"\xff\xd8")
    assert opened(result.stdout_bytes).shape == (30, 60, 3)


def test_inputs_are_never_overwritten_and_others_only_if_told(model: Path, photos: Path) -> None:
    before = Path("a.png").read_bytes()
    result = run(model, "a.png", "-o", "a.png", "--overwrite")
    assert result.exit_code == 1
    assert "a.png is an input, which is never overwritten" in result.output
    assert Path("a.png").read_bytes() == before
    assert run(model, "a.png", "-o", "b.png").exit_code == 1
    assert opened("b.png").shape == (20, 40, 3)
    assert run(model, "a.png", "-o", "b.png", "--overwrite").exit_code == 0
    assert opened("b.png").shape == (30, 60, 3)
    Path("a.jpg").write_bytes(before)
    result = run(model, "a.png", "a.jpg", "-o", "out")
    assert result.exit_code == 1
    assert "out/a.png was written just now, from another picture of that name" in result.output


def test_a_limit_can_be_set(model: Path, photos: Path) -> None:
    result = run(model, "a.png", "-o", "x.png", "--max-megapixels", "0.0016")
    assert result.exit_code == 1
    assert "60 x 30 pixels, more than the 0.0016 megapixels allowed" in result.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["a.png"], "Missing option '-o'"),
        (["-o", "x.png"], "Missing argument 'IN...'"),
        (["a.png", "-o", "x.png", "--extend", "right"], "write SIDE=LENGTH, such as right=50%"),
        (["a.png", "-o", "x.png", "--extend", "up=5"], "SIDE is one of left, right, top, bottom"),
        (["a.png", "-o", "x.png", "--extend", "right=much"], "right: 'much' is not pixels"),
        (["a.png", "-o", "x.png", "--size", "9x9", "--ratio", "1:1"], "size stands alone"),
        (["a.png", "-o", "x.png", "--steps", "11"], "11 is not in the range 1<=x<=10"),
        (["a.png", "-o", "x.png", "--mode", "shrink"], "'shrink' is not one of"),
        (["a.png", "-o", "-", "--json"], "--json and the picture cannot both"),
        (["nothing/*.png", "-o", "out"], "no pictures in nothing/*.png"),
    ],
)
def test_wrong_use_is_told(photos: Path, args: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["image", *args])
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_without_a_model_is_told(photos: Path) -> None:
    result = run(photos, "a.png", "-o", "x.png")
    assert result.exit_code == 1
    assert result.output == (
        f"Error: {photos}: neither a SavedModel nor a folder of versions; run the pipeline first\n"
    )


def test_ctrl_c_keeps_what_was_written(model: Path, photos: Path) -> None:
    for number in range(300):
        Image.fromarray(PICTURE).save(f"{number:03}.png")
    command = [sys.executable, "-m", "cli.main", "image", str(photos), "-o", "out", "--json"]
    command += ["--model", str(model)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not Path("out/001.png").exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, stderr
    assert stderr.endswith("stopped; what was written stays\n")
    written = [item["output"] for item in json.loads(stdout)["results"] if "output" in item]
    assert sorted(str(path) for path in Path("out").iterdir()) == sorted(written)
    assert 2 <= len(written) < 302
    assert all(opened(path).shape == (30, 60, 3) for path in written)
