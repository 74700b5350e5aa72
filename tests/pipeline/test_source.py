import shutil
from pathlib import Path

import pytest

from pipeline import source
from pipeline.source import source_hash

ROOT = Path(__file__).parents[2]


def test_hash_is_stable_and_follows_content(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("a = 1\n")
    first = source_hash(str(tmp_path))
    assert source_hash(str(tmp_path)) == first
    file.write_text("a = 2\n")
    assert source_hash(str(tmp_path)) != first


def test_hash_follows_names_and_ignores_what_is_not_python(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("a = 1\n")
    first = source_hash(str(tmp_path))
    (tmp_path / "notes.txt").write_text("nothing")
    assert source_hash(str(tmp_path)) == first
    (tmp_path / "code.py").rename(tmp_path / "other.py")
    assert source_hash(str(tmp_path)) != first


def test_hash_of_a_single_file_of_any_kind(tmp_path: Path) -> None:
    schema = tmp_path / "schema.pbtxt"
    schema.write_text("a")
    first = source_hash(str(schema))
    schema.write_text("b")
    assert source_hash(str(schema)) != first


def test_packages_of_the_project_are_found_by_name() -> None:
    assert source_hash("models") != source_hash("components")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the hashes are of, elsewhere."""
    for name in ("components", "pipeline", "settings"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "models" / "pretrained").mkdir(parents=True)
    for name in ("Dockerfile", "pyproject.toml", "uv.lock", "models/features.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(source, "_ROOT", tmp_path)
    monkeypatch.setattr(source.features, "PRETRAINED", tmp_path / "models" / "pretrained")
    return tmp_path


def test_a_change_of_code_is_another_code_and_another_image(copy: Path) -> None:
    code, tag = source.code_hash(), source.image_tag()
    with open(copy / "settings" / "strict.py", "a") as file:
        file.write("# changed\n")
    assert source.code_hash() != code
    assert source.image_tag() != tag


@pytest.mark.parametrize("name", ["uv.lock", "Dockerfile"])
def test_what_is_built_otherwise_is_another_image_of_the_same_code(copy: Path, name: str) -> None:
    code, tag = source.code_hash(), source.image_tag()
    with open(copy / name, "a") as file:
        file.write("# changed\n")
    assert source.code_hash() == code
    assert source.image_tag() != tag


def test_weights_that_ship_are_part_of_the_code(copy: Path) -> None:
    code = source.code_hash()
    weights = copy / "models" / "pretrained" / "1" / "fingerprint.pb"
    weights.parent.mkdir()
    weights.write_bytes(b"other")
    assert source.code_hash() != code


def test_an_installed_package_has_code_but_names_no_image(copy: Path) -> None:
    (copy / "uv.lock").unlink()
    assert source.code_hash()
    assert source.image_tag() == ""


def test_a_tag_names_the_line_of_tfx(copy: Path) -> None:
    tag = source.image_tag()
    assert source.line_of(f"host:5000/a/b:{tag}") == source.LINE
    assert tag.rpartition("-")[0] == source.LINE  # as the shell's ${TAG%-*} has it
    for image in ("a/b:0.1.0", "host:5000/b", f"a/b@sha256:{'0' * 64}"):
        assert source.line_of(image) is None
