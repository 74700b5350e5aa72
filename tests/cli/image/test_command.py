"""`outpaint image` on real files, with a model that paints everything in one level."""

import base64
import contextlib
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
from models.images.rgb import FORMATS
from tests.patience import PATIENCE
from tests.serving.plain_model import write_plain_model

ROOT = Path(__file__).parents[3]
LEVEL = 153
NO_IMAGE = f"not an image in {', '.join(FORMATS)} format"
PURE = ("--blend", "none", "--synthesis", "none")  # what the model says, and no more
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
    result = run(model, "a.png", "-o", "out.png", "--extend", "right=50%", *PURE)
    assert (result.exit_code, result.output) == (0, "")
    expected = np.full((20, 60, 3), LEVEL, np.uint8)
    expected[:, :40] = PICTURE
    np.testing.assert_array_equal(opened("out.png"), expected)


def test_every_option_counts(model: Path, photos: Path) -> None:
    mask = np.zeros((20, 40), np.uint8)
    mask[5:9, 10:20] = 255
    Image.fromarray(mask).save("mask.png")
    options = ["--mode", "zoom-out", "--extend", "all=10%", "--extend", "top=4", "--steps", "2"]
    options += ["--ratio", "3:1", "--anchor", "right", "--mask", "mask.png", *PURE]
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
        f"bad.jpg: {NO_IMAGE}",
        "gone.jpg: No such file or directory",
        "2 of 4 pictures failed",
    ]
    report = json.loads(result.stdout)
    assert report["model"] == {"version": "7", "path": str(model / "7")}
    seconds = [item.pop("seconds") for item in report["results"]]
    assert all(value >= 0 for value in seconds)
    size = {"seed": 0, "width": 60, "height": 30}
    assert report["results"] == [
        {"input": "a.png", "output": "out/a.png", **size},
        {"input": "bad.jpg", "error": NO_IMAGE},
        {"input": "gone.jpg", "error": "No such file or directory"},
        {"input": "b.png", "output": "out/b.png", **size},
    ]
    assert sorted(os.listdir("out")) == ["a.png", "b.png"]


def test_variants_go_to_files_of_their_own_and_can_be_made_again(model: Path, photos: Path) -> None:
    args = ("--extend", "right=50%", "--variants", "3", "--seed", "5", "--json")
    result = run(model, "-", "-o", "wide.png", *args, data=Path("a.png").read_bytes())
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)["results"]
    assert [(item["output"], item["seed"]) for item in report] == [
        ("wide-1.png", 5),
        ("wide-2.png", 6),
        ("wide-3.png", 7),
    ]
    made = [opened(f"wide-{number}.png") for number in (1, 2, 3)]
    for one, other in zip(made, made[1:] + made[:1], strict=True):
        assert (one != other).any()
        np.testing.assert_array_equal(one[:, :40], PICTURE)
    again = run(model, "a.png", "-o", "again.png", "--extend", "right=50%", "--seed", "6")
    assert again.exit_code == 0, again.output
    np.testing.assert_array_equal(opened("again.png"), made[1])


def test_variants_need_files(model: Path, photos: Path) -> None:
    result = run(model, "a.png", "-o", "-", "--variants", "2")
    assert result.exit_code == 2
    assert "--variants: several pictures need files" in result.output


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
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir("out")) == ["a.jpg.png", "a.png.png"]
    result = run(model, "a.png", "b.png", "-o", "x.png")
    assert (result.exit_code, "x.png is the name of one picture" in result.output) == (2, True)


def test_pictures_whose_result_is_there_are_left_out(model: Path, photos: Path) -> None:
    assert run(model, "a.png", "-o", "out/").exit_code == 0
    before = Path("out/a.png").stat().st_mtime_ns
    result = run(model, "a.png", "b.png", "-o", "out", "--skip-existing", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)["results"]
    assert [item.get("skipped", False) for item in report] == [True, False]
    assert Path("out/a.png").stat().st_mtime_ns == before
    assert opened("out/b.png").shape == (30, 60, 3)


def test_any_name_is_worked_told_and_reported(model: Path, photos: Path) -> None:
    folder = Path("trip [")
    folder.mkdir()
    bad = os.fsdecode(b"caf\xe9.png")
    for name in ("day].png", "sea [blue] 1.png", "[bold]x.png", bad, "._day].png"):
        os.link("a.png", folder / name)
    Path(os.fsdecode(b"none\xe9.png")).write_text("no picture")
    result = run(model, "trip [", os.fsdecode(b"none\xe9.png"), "-o", "out", "--json")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith("none\\xe9.png: not an image")
    result.stdout.encode()
    inputs = {item["input"]: item for item in json.loads(result.stdout)["results"]}
    assert set(inputs) == {
        "trip [/day].png",
        "trip [/sea [blue] 1.png",
        "trip [/[bold]x.png",
        "trip [/caf\\xe9.png",
        "none\\xe9.png",
    }
    assert base64.b64decode(inputs["none\\xe9.png"]["input_base64"]) == b"none\xe9.png"
    assert len(os.listdir(b"out")) == 4
    assert b"caf\xe9.png" in os.listdir(b"out")


def test_a_terminal_shows_names_as_they_are(model: Path, photos: Path) -> None:
    Path("sea [").mkdir()
    os.link("a.png", "sea [/blue].png")
    command = [sys.executable, "-m", "cli.main", "image", "sea [/blue].png", "-o", "o.png"]
    command += ["--model", str(model)]
    leader, follower = os.openpty()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(command, env=environment, stderr=follower, stdout=follower)
    os.close(follower)
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(leader, 4096):
            shown += part
    os.close(leader)
    assert process.wait(60) == 0, shown
    assert b"sea [/blue].png" in shown


def test_results_are_given_out_as_asked(model: Path, photos: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera Works"
    Image.fromarray(PICTURE).save("c.jpg", exif=exif, dpi=(300, 300))
    assert (
        run(model, "c.jpg", "-o", "w.webp", "--quality", "40", "--metadata", "keep").exit_code == 0
    )
    with Image.open("w.webp") as image:
        assert (image.format, image.getexif()[0x010F]) == ("WEBP", "Camera Works")
    result = run(model, "a.png", "-o", "l.png", "--extend", "right=50%", "--layer", "new")
    assert result.exit_code == 0, result.output
    layer = opened("l.png")
    assert layer.shape == (20, 60, 4)
    assert (layer[:, :40, 3] == 0).all()
    assert (layer[:, 40:, 3] == 255).all()
    rgba = np.dstack([PICTURE, np.full((20, 40), 255, np.uint8)])
    rgba[:, :9, 3] = 0
    Image.fromarray(rgba).save("t.png")
    result = run(model, "t.png", "-o", "white.png", "--extend", "right=5", "--blend", "none")
    assert result.output == "t.png: transparent parts were laid on white\n"
    result = run(model, "t.png", "-o", "area.png", "--alpha", "area", *PURE)
    assert (result.exit_code, result.output) == (0, "")
    assert opened("area.png").shape == (20, 40, 3)  # painted alone, it does not grow
    assert (opened("area.png")[:, :9] == LEVEL).all()
    result = run(model, "a.png", "-o", "x.jpg", "--layer", "new")
    assert (result.exit_code, "png or webp" in result.output) == (2, True)


def test_the_limit_that_is_told_is_the_one_that_was_set(model: Path, photos: Path) -> None:
    Image.new("1", (18_000, 10_400), 1).save("large.png")  # above Pillow's own limit
    result = run(model, "large.png", "-o", "x.png", "--max-megapixels", "300")
    assert result.exit_code == 1
    assert "18000 x 10400 pixels, more than the 150 megapixels allowed" in result.output


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
