"""Checks which model a subcommand takes."""

from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import saved_model
from cli.saved_model import newest_version


def test_newest_version_is_the_highest_number(tmp_path_factory: pytest.TempPathFactory) -> None:
    @given(st.sets(st.integers(0, 10**12), min_size=1, max_size=5))
    def check(versions: set[int]) -> None:
        folder = tmp_path_factory.mktemp("versions")
        for version in versions:
            (folder / str(version)).mkdir()
        assert newest_version(folder) == folder / str(max(versions))

    check()


def test_a_saved_model_is_taken_itself_whatever_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "saved_model.pb").touch()
    assert newest_version(tmp_path) == tmp_path


def test_a_folder_without_versions_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "variables").mkdir()
    (tmp_path / "3").touch()
    with pytest.raises(click.ClickException, match="neither a SavedModel nor a folder") as error:
        newest_version(tmp_path)
    assert str(tmp_path) in error.value.message


def test_without_a_word_it_is_the_model_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_model, "SHIPPED", tmp_path / "pretrained")
    with pytest.raises(click.ClickException, match="name one by --model"):
        newest_version(None)
    (tmp_path / "pretrained" / "1").mkdir(parents=True)
    assert newest_version(None) == tmp_path / "pretrained" / "1"
