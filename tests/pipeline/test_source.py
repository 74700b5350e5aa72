from pathlib import Path

from pipeline.source import source_hash


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
