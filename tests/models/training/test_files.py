"""Small files, local and behind TensorFlow's file systems alike."""

from pathlib import Path

import pytest

from models.training import files


@pytest.fixture(params=["local", "ram"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    # `ram://` is one of TensorFlow's own; what its names hold stays for as long as the process.
    return str(tmp_path / "run") if request.param == "local" else f"ram://{tmp_path}/run"


def test_what_was_written_is_read_and_written_anew(folder: str) -> None:
    path = f"{folder}/deeper/state.json"
    assert files.read(path) is None
    files.write(path, b"one")
    files.write(path, b"other\x00")
    assert files.read(path) == b"other\x00"
    assert [name.rstrip("/") for name in files.names(f"{folder}/deeper")] == ["state.json"]
    files.remove(path)
    assert files.read(path) is None
