"""Holds the patterns that `sources` gives TFX's stock driver to what they must match."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.image_example_gen import sources

WriteFiles = Callable[[Path, Iterable[str]], Path]
Find = Callable[..., list[sources.Entry]]


def test_a_folder_is_one_plain_pattern_a_level_below_its_parent() -> None:
    base, patterns = sources.input_patterns(["/data/photos/"])
    assert base == "/data"
    assert patterns[:3] == ["photos/*", "photos/*/*", "photos/*/*/*"]
    assert len(patterns) == sources.MAX_DEPTH


def test_an_archive_is_its_own_pattern() -> None:
    assert sources.input_patterns(["/data/photos.TAR"]) == ("/data", ["photos.TAR"])


def test_several_sources_share_the_deepest_base_and_are_named_once() -> None:
    base, patterns = sources.input_patterns(["/data/a/x.tar", "/data/b", "/data/a/x.tar"])
    assert base == "/data"
    assert patterns[:2] == ["a/x.tar", "b/*"]
    assert len(patterns) == 1 + sources.MAX_DEPTH


def test_a_relative_source_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_files: WriteFiles, find: Find
) -> None:
    monkeypatch.chdir(write_files(tmp_path, ["photos/a.jpg"]))
    assert sources.input_patterns(["photos"])[0] == str(tmp_path)
    assert [entry.path for entry in find(Path("photos"))] == ["photos/a.jpg"]


def test_remote_sources_keep_their_scheme() -> None:
    base, patterns = sources.input_patterns(["gs://bucket/photos/", "gs://other/x.tar"])
    assert base == "gs://"
    assert patterns[0] == "bucket/photos/*"
    assert patterns[-1] == "other/x.tar"
    assert os.path.join(base, patterns[0]) == "gs://bucket/photos/*"


@pytest.mark.parametrize("data", [["gs://bucket/photos", "/data/b"], ["gs://a/b", "s3://c/d"]])
def test_sources_without_a_common_base_are_refused_by_name(data: list[str]) -> None:
    with pytest.raises(ValueError, match="cannot be mixed") as caught:
        sources.input_patterns(data)
    assert all(source in str(caught.value) for source in data)


def test_no_source_is_refused() -> None:
    with pytest.raises(ValueError, match="no data"):
        sources.input_patterns([])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text("ab*?[]/. ", min_size=1).map("/data/".__add__), min_size=1, max_size=4))
def test_the_source_can_be_told_from_any_of_its_patterns(data: list[str]) -> None:
    base, patterns = sources.input_patterns(data)
    roots = {os.path.normpath(sources.root_of(os.path.join(base, p))) for p in patterns}
    assert roots == {os.path.abspath(source) for source in data}


@pytest.mark.parametrize("name", ["[a]*", "a?b", "a[", "]a", "**", "a b"])
def test_glob_characters_in_a_name_are_taken_literally(
    name: str, tmp_path: Path, write_files: WriteFiles, find: Find
) -> None:
    wanted = [f"{name}/deeper/y.jpg", f"{name}/x.jpg"]
    write_files(tmp_path, [*wanted, "a/x.jpg", "ab/x.jpg", "a-b/x.jpg"])
    assert [entry.path for entry in find(tmp_path / name)] == wanted
    assert [entry.path for entry in find(tmp_path / name / "deeper")] == ["deeper/y.jpg"]
