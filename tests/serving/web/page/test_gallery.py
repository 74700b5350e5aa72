"""Which photographs are shown, and whose they are said to be."""

from pathlib import Path

from flask.testing import FlaskClient

from serving.web.page.gallery import photographs
from tests.serving.web.conftest import SAMPLE, png


def test_one_photograph_of_each_row_with_its_author_held_out_ones_first() -> None:
    found = photographs(SAMPLE)
    assert len(found) == 12
    assert [shown.path.relative_to(SAMPLE).parts[0] for shown in found[:6]] == ["val"] * 5 + [
        "train"
    ]
    first = found[0]
    assert (first.title, first.author, first.licence) == (
        "Sunset",
        "Aitzol Berasategi",
        "CC-BY-4.0",
    )
    assert all(shown.path.is_file() and shown.author and shown.licence for shown in found)


def test_a_folder_without_attribution_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b_side.png", "deep/a.png", "notes.txt"):
        (tmp_path / name).write_bytes(png(4, 4))
    assert [shown.title for shown in photographs(tmp_path)] == ["b side", "a"]
    assert photographs(None) == []


def test_the_page_shows_them_and_they_are_served(client: FlaskClient) -> None:
    text = client.get("/").text
    for shown in photographs(SAMPLE):
        assert f'data-sample="/gallery/{shown.name}"' in text
        assert shown.author in text
        response = client.get(f"/gallery/{shown.name}")
        assert response.data == shown.path.read_bytes()
        assert response.content_type == "image/jpeg"
        assert "immutable" in response.headers["Cache-Control"]


def test_an_address_is_of_one_content(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(4, 4))
    (before,) = photographs(tmp_path)
    name = before.name
    (tmp_path / "a.png").write_bytes(png(5, 4))
    assert before.name != name
