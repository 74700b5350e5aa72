"""Holds the planning to real folders and archives in every layout."""

import gzip
import itertools
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx.components.example_gen import input_processor
from tfx.proto import example_gen_pb2
from tfx.utils import proto_utils

from components.image_example_gen import component, executor, sources

MakeTar = Callable[..., Path]
SELECTION = sources.Selection({"train": 2, "eval": 1}, {"train": None, "eval": None}, 1000)
CATEGORIES = "/a/airfield 0\n/b/bow_window/indoor 55\n"
VAL_LABELS = "Places365_val_00000001.jpg 55\nPlaces365_val_00000002.jpg 0\n"


def _write(folder: Path, names: Iterable[str]) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(f"bytes of {name}".encode())
    return folder


def _plan(*data: Path, selection: sources.Selection = SELECTION) -> list[sources.Shard]:
    base, patterns = sources.input_patterns([str(source) for source in data])
    return sources.plan([os.path.join(base, pattern) for pattern in patterns], selection)


def _entries(shards: Iterable[sources.Shard]) -> list[sources.Entry]:
    return [entry for shard in shards for entry in shard.entries]


def _splits(shards: Iterable[sources.Shard]) -> dict[str, str]:
    """Path to split, once no entry is seen twice or in another split's shard."""
    found = {}
    for shard in shards:
        for entry in shard.entries:
            assert entry.split == shard.split
            assert entry.path not in found
            found[entry.path] = entry.split
    return found


def _layout(shards: Iterable[sources.Shard]) -> dict[str, tuple[str, str]]:
    entries = _entries(shards)
    assert not any(entry.error for entry in entries)
    return {entry.path: (entry.split, entry.category) for entry in entries}


# Patterns.


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_write(tmp_path, ["photos/a.jpg"]))
    assert sources.input_patterns(["photos"])[0] == str(tmp_path)
    assert set(_splits(_plan(Path("photos")))) == {"photos/a.jpg"}


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
def test_glob_characters_in_a_name_are_taken_literally(name: str, tmp_path: Path) -> None:
    _write(tmp_path, [f"{name}/x.jpg", f"{name}/deeper/y.jpg", "a/x.jpg", "ab/x.jpg", "a-b/x.jpg"])
    assert set(_splits(_plan(tmp_path / name))) == {f"{name}/x.jpg", f"{name}/deeper/y.jpg"}
    assert set(_splits(_plan(tmp_path / name / "deeper"))) == {"deeper/y.jpg"}


# Layouts.


def test_a_plain_folder_is_searched_to_any_depth_for_images_only(tmp_path: Path) -> None:
    deep = "/".join("abcdefghi")
    wanted = ["1.jpg", "2.JPEG", "x/3.png", "x/y/4.webp", "x/y/z/5.tif", f"{deep}/6.gif"]
    other = ["notes.txt", "x/drawing.svg", "x/jpg", "._1.jpg", "x/._3.png", "._x.tar", "y.tar.gz"]
    found = _layout(_plan(_write(tmp_path / "photos", wanted + other)))
    assert set(found) == {f"photos/{name}" for name in wanted}
    assert {category for _, category in found.values()} == {""}


def test_images_without_a_split_are_dealt_by_share(tmp_path: Path) -> None:
    folder = _write(tmp_path / "photos", [f"{number}.jpg" for number in range(300)])
    counts = [len(shard.entries) for shard in _plan(folder)]
    assert sum(counts) == 300
    assert counts[0] == pytest.approx(200, abs=30)


def test_train_and_val_folders_are_the_splits_and_those_within_the_categories(
    tmp_path: Path,
) -> None:
    names = ["train/beach/1.jpg", "train/beach/deeper/2.jpg", "train/3.jpg", "val/lake/4.jpg"]
    assert _layout(_plan(_write(tmp_path / "photos", names))) == {
        "photos/train/beach/1.jpg": ("train", "beach"),
        "photos/train/beach/deeper/2.jpg": ("train", "beach"),
        "photos/train/3.jpg": ("train", ""),
        "photos/val/lake/4.jpg": ("eval", "lake"),
    }


def test_what_lies_beside_train_and_val_is_dealt_by_hash(tmp_path: Path) -> None:
    beside = [f"more/{number}.jpg" for number in range(30)]
    folder = _write(tmp_path / "photos", ["train/1.jpg", "val/2.jpg", *beside])
    found = _splits(_plan(folder))
    assert found.pop("photos/train/1.jpg") == "train"
    assert found.pop("photos/val/2.jpg") == "eval"
    assert set(found.values()) == {"train", "eval"}


@pytest.mark.parametrize("only", ["train", "val"])
def test_one_split_alone_is_dealt_by_hash_and_keeps_its_categories(
    only: str, tmp_path: Path
) -> None:
    folder = _write(tmp_path / "photos", [f"{only}/beach/{n}.jpg" for n in range(30)])
    found = _layout(_plan(folder))
    assert {split for split, _ in found.values()} == {"train", "eval"}
    assert {category for _, category in found.values()} == {"beach"}


PLACES = [
    "data_256/a/airfield/00000001.jpg",
    "data_256/b/bow_window/indoor/00000001.jpg",
    "val_256/Places365_val_00000001.jpg",
    "val_256/Places365_val_00000002.jpg",
    "val_256/Places365_val_00000003.jpg",
]


def _places(val_categories: Iterable[str]) -> dict[str, tuple[str, str]]:
    splits = ["train", "train", "eval", "eval", "eval"]
    categories = ["airfield", "bow_window/indoor", *val_categories]
    return dict(zip(PLACES, zip(splits, categories, strict=True), strict=True))


def test_places365_without_its_lists_has_categories_for_training_only(tmp_path: Path) -> None:
    found = _layout(_plan(_write(tmp_path / "places", PLACES)))
    assert found == {f"places/{k}": v for k, v in _places(["", "", ""]).items()}


def test_the_folder_given_may_itself_be_a_part_of_places365(tmp_path: Path) -> None:
    _write(tmp_path, PLACES)
    found = _layout(_plan(tmp_path / "data_256", tmp_path / "val_256"))
    assert found == _places(["", "", ""])


@pytest.mark.parametrize("folder", ["", "filelist_places365-standard"])
def test_places365_with_its_lists_has_categories_for_validation_too(
    folder: str, tmp_path: Path
) -> None:
    root = _write(tmp_path / "places", PLACES)
    lists = root / folder
    lists.mkdir(exist_ok=True)
    (lists / "categories_places365.txt").write_text(CATEGORIES)
    (lists / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["bow_window/indoor", "airfield", ""])  # the last is not listed
    assert _layout(_plan(root)) == {f"places/{k}": v for k, v in expected.items()}


def test_categories_listed_without_a_letter_are_taken_as_they_are(tmp_path: Path) -> None:
    root = _write(tmp_path / "places", PLACES)
    (root / "categories_places365.txt").write_text("airfield 0\n\nlake 55\n")
    (root / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["lake", "airfield", ""])
    assert _layout(_plan(root)) == {f"places/{k}": v for k, v in expected.items()}


@pytest.mark.parametrize("train", ["data_large", "data_256_standard", "data_large_challenge"])
def test_other_editions_of_places365_are_known(train: str, tmp_path: Path) -> None:
    names = [f"{train}/a/airfield/1.jpg", "val_large/Places365_val_00000001.jpg"]
    assert list(_layout(_plan(_write(tmp_path / "places", names))).values()) == [
        ("train", "airfield"),
        ("eval", ""),
    ]


def test_the_easy_format_of_places365_is_known(tmp_path: Path) -> None:
    names = ["places365_standard/train/airfield/1.jpg", "places365_standard/val/lake/2.jpg"]
    assert list(_layout(_plan(_write(tmp_path, names) / "places365_standard")).values()) == [
        ("train", "airfield"),
        ("eval", "lake"),
    ]


# Archives.


def _link(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("prefix", ["", "./", "/"])
def test_only_the_images_in_an_archive_are_taken(
    form: int, prefix: str, tmp_path: Path, make_tar: MakeTar
) -> None:
    members = {f"{prefix}{name}": name.encode() for name in PLACES}
    ignored = {f"{prefix}val_256/{name}": b"?" for name in ("._x.jpg", "list.txt", "x")}
    others = [
        _link(f"{prefix}val_256", tarfile.DIRTYPE),
        _link(f"{prefix}folder.jpg", tarfile.DIRTYPE),
        _link(f"{prefix}link.jpg", tarfile.SYMTYPE, "/etc/hostname"),
        _link(f"{prefix}pipe.jpg", tarfile.FIFOTYPE),
    ]
    archive = make_tar(tmp_path / "places.tar", ignored | members, others, form)
    shards = _plan(archive)
    assert _layout(shards) == {f"places.tar/{k}": v for k, v in _places(["", "", ""]).items()}
    for entry, data in sources.read(_entries(shards), 1000):
        assert data == entry.path.removeprefix("places.tar/").encode()


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_an_archive_are_read(
    form: int, tmp_path: Path, make_tar: MakeTar
) -> None:
    names = ["é/" + "long" * 40 + ".jpg", "写真.jpg", os.fsdecode(b"\xe9t\xe9.jpg")]
    archive = make_tar(tmp_path / "x.tar", {name: os.fsencode(name) for name in names}, form=form)
    entries = _entries(_plan(archive))
    assert {entry.path for entry in entries} == {f"x.tar/{name}" for name in names}
    for entry, data in sources.read(entries, 1000):
        assert data == os.fsencode(entry.path.removeprefix("x.tar/"))


def test_a_folder_of_archives_and_lists_is_taken_whole(tmp_path: Path, make_tar: MakeTar) -> None:
    root = tmp_path / "places"
    for part in ("data_256", "val_256"):
        members = {name: b"" for name in PLACES if name.startswith(part)}
        make_tar(root / "archives" / f"{part}.tar", members)
    (root / "categories_places365.txt").write_text(CATEGORIES)
    (root / "places365_val.txt").write_text(VAL_LABELS)
    expected = _places(["bow_window/indoor", "airfield", ""])
    assert _layout(_plan(root)) == {
        f"places/archives/{name.split('/')[0]}.tar/{name}": value
        for name, value in expected.items()
    }


def test_an_archive_is_read_from_front_to_back(tmp_path: Path, make_tar: MakeTar) -> None:
    names = [f"val/{(number * 7) % 20}.jpg" for number in range(20)]
    archive = make_tar(tmp_path / "x.tar", dict.fromkeys(["train/0.jpg", *names], b""))
    selection = SELECTION._replace(shard_images=6)
    found = [e.path for e in _entries(_plan(archive, selection=selection)) if e.split == "eval"]
    assert found == [f"x.tar/{name}" for name in names]


def _spoilt_header(data: bytes) -> bytes:
    place = data.index(b"b.jpg")
    return data[:place] + b"c" + data[place + 1 :]


@pytest.mark.parametrize(
    ("spoil", "left"),
    [
        pytest.param(lambda data: b"", [], id="empty"),
        pytest.param(lambda data: b"<html>Not Found</html>" * 100, [], id="not an archive"),
        pytest.param(gzip.compress, [], id="compressed"),
        pytest.param(lambda data: data[:100], [], id="cut in the first header"),
        pytest.param(lambda data: data[:1000], ["a.jpg"], id="cut in the first file"),
        pytest.param(lambda data: data[:2248], ["a.jpg"], id="cut in the second header"),
        pytest.param(lambda data: data[:3000], ["a.jpg", "b.jpg"], id="cut in the second file"),
        pytest.param(_spoilt_header, ["a.jpg"], id="second header spoilt"),
        pytest.param(lambda data: b"x" + data[1:], [], id="first header spoilt"),
    ],
)
def test_a_spoilt_archive_is_one_entry_with_an_error_beside_what_is_left(
    spoil: Callable[[bytes], bytes], left: list[str], tmp_path: Path, make_tar: MakeTar
) -> None:
    members = {name: name.encode() * 300 for name in ("a.jpg", "b.jpg", "c.jpg")}
    archive = make_tar(tmp_path / "photos" / "x.tar", members)
    archive.write_bytes(spoil(archive.read_bytes()))
    _write(tmp_path / "photos", ["loose.jpg"])
    make_tar(tmp_path / "photos" / "y.tar", members)
    by_error: dict[bool, set[str]] = {True: set(), False: set()}
    for entry, data in sources.read(_entries(_plan(tmp_path / "photos")), 10_000):
        failed = isinstance(data, Exception)
        by_error[failed].add(entry.path)
        assert failed == (entry.error.startswith("not a whole tar archive: "))
    whole = {"photos/loose.jpg"} | {f"photos/y.tar/{name}" for name in members}
    assert by_error[False] == whole | {f"photos/x.tar/{name}" for name in left}
    assert by_error[True] == {"photos/x.tar"}


@pytest.fixture(scope="module")
def whole_archive(tmp_path_factory: pytest.TempPathFactory, make_tar: MakeTar) -> Path:
    names = ["é" * 60 + ".jpg", "b.jpg", "c.jpg"]  # the first needs a header of its own
    return make_tar(tmp_path_factory.mktemp("spoilt") / "x.tar", dict.fromkeys(names, b"x" * 600))


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_no_spoilt_byte_or_cut_stops_the_planning(whole_archive: Path, data: st.DataObject) -> None:
    content = bytearray(whole_archive.read_bytes())
    end = content.rindex(b"x" * 600) + 1024
    place = data.draw(st.integers(0, end - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    spoilt = whole_archive.with_name("spoilt.tar")
    spoilt.write_bytes(content)
    read = dict(sources.read(_entries(_plan(spoilt)), 1000))
    assert all(isinstance(found, Exception) for entry, found in read.items() if entry.error)
    # What lies whole before the place is there still.
    by_offset = {entry.offset: found for entry, found in read.items()}
    for entry in _entries(_plan(whole_archive)):
        if entry.offset is not None and entry.offset + 600 <= place:
            assert by_offset[entry.offset] == b"x" * 600


# The same files, the same plan.

MANY = [f"{'abc'[n % 3]}/{n}.jpg" for n in range(40)]


def _mixed(root: Path, names: Iterable[str], make_tar: MakeTar) -> Path:
    _write(root, names)
    make_tar(root / "more.tar", {f"z/{number}.jpg": b"" for number in range(20)})
    return root


def _without_place(shards: Iterable[sources.Shard], root: Path) -> list[sources.Shard]:
    parent = str(root.parent)
    return [
        shard._replace(
            entries=[e._replace(file=e.file.removeprefix(parent)) for e in shard.entries]
        )
        for shard in shards
    ]


def test_neither_order_of_creation_nor_place_changes_the_plan(
    tmp_path: Path, make_tar: MakeTar
) -> None:
    selection = SELECTION._replace(shard_images=7)
    first = _mixed(tmp_path / "here" / "photos", MANY, make_tar)
    other = _mixed(tmp_path / "there" / "deeper" / "photos", reversed(MANY), make_tar)
    planned = _plan(first, selection=selection)
    assert planned == _plan(first, selection=selection)
    moved = _plan(other, selection=selection)
    assert _without_place(planned, first) == _without_place(moved, other)


def test_a_second_source_changes_nothing_for_the_first(tmp_path: Path) -> None:
    first = _write(tmp_path / "a" / "photos", MANY)
    alone = _splits(_plan(first))
    second = _write(tmp_path / "pictures", ["1.jpg", "2.jpg"])
    for data in ([first, second], [second, first]):
        both = _splits(_plan(*data))
        assert both.items() > alone.items()


def test_adding_files_moves_no_other_between_splits(tmp_path: Path) -> None:
    root = _write(tmp_path / "photos", MANY)
    before = _splits(_plan(root))
    _write(root, [f"0/{number}.jpg" for number in range(10)])
    after = _splits(_plan(root))
    assert len(after) == len(before) + 10
    assert after.items() > before.items()


@pytest.mark.parametrize("shard_images", [1, 7, 1000])
def test_every_image_is_in_just_one_numbered_shard(
    shard_images: int, tmp_path: Path, make_tar: MakeTar
) -> None:
    root = _mixed(tmp_path / "photos", MANY, make_tar)
    shards = _plan(root, selection=SELECTION._replace(shard_images=shard_images))
    expected = [f"photos/{n}" for n in MANY] + [f"photos/more.tar/z/{n}.jpg" for n in range(20)]
    assert sorted(_splits(shards)) == sorted(expected)
    for split, of_split in itertools.groupby(shards, key=lambda shard: shard.split):
        group = list(of_split)
        assert [shard.number for shard in group] == list(range(len(group)))
        assert {shard.total for shard in group} == {len(group)}
        assert {len(shard.entries) for shard in group[:-1]} <= {shard_images}
        assert split in SELECTION.buckets


def test_sources_that_lie_one_in_another_give_each_image_once(
    tmp_path: Path, make_tar: MakeTar
) -> None:
    root = _mixed(tmp_path / "photos", MANY, make_tar)
    data = [root, root / "a", root / "more.tar"]
    found = _entries(_plan(*data))
    assert len({(entry.file, entry.offset) for entry in found}) == len(found) == 60
    assert _splits(_plan(*data)) == _splits(_plan(root))


def test_loose_images_of_a_shard_are_of_mixed_categories(tmp_path: Path) -> None:
    root = _write(tmp_path / "photos", [f"{'abc'[n // 20]}/{n}.jpg" for n in range(60)])
    first = _plan(root, selection=SELECTION._replace(shard_images=20))[0]
    assert {entry.path.split("/")[1] for entry in first.entries} == {"a", "b", "c"}


def test_limits_choose_a_stable_subset(tmp_path: Path) -> None:
    root = _write(tmp_path / "photos", MANY)

    def chosen(train: int | None, evaluation: int | None) -> Mapping[str, str]:
        limits = {"train": train, "eval": evaluation}
        return _splits(_plan(root, selection=SELECTION._replace(limits=limits)))

    everything, some, few = chosen(None, None), chosen(10, 5), chosen(4, None)
    assert sorted(some.values()) == ["eval"] * 5 + ["train"] * 10
    assert everything.items() > some.items()
    train = [path for path, split in few.items() if split == "train"]
    assert len(train) == 4
    assert set(train) < set(some)
    assert chosen(1000, 1000) == everything
    _write(root, [f"0/{number}.jpg" for number in range(5)])
    kept = chosen(10, 5)
    assert {path for path in kept if not path.startswith("photos/0/")} <= set(some)


def test_no_image_is_no_shard(tmp_path: Path, make_tar: MakeTar) -> None:
    assert _plan(_write(tmp_path / "photos", ["notes.txt"])) == []
    assert _plan(make_tar(tmp_path / "x.tar", {"notes.txt": b""})) == []
    assert _plan(tmp_path / "missing") == []


# Reading.


def test_files_are_read_whole_and_long_ones_one_byte_beyond_the_limit(
    tmp_path: Path, make_tar: MakeTar
) -> None:
    content = {"long.jpg": b"x" * 1000, "just.jpg": b"y" * 100, "empty.jpg": b""}
    root = tmp_path / "photos"
    make_tar(root / "x.tar", content)
    for name, data in content.items():
        (root / name).write_bytes(data)
    read = {e.path: data for e, data in sources.read(_entries(_plan(root)), max_bytes=100)}
    for folder in ("photos", "photos/x.tar"):
        assert read[f"{folder}/long.jpg"] == b"x" * 101
        assert read[f"{folder}/just.jpg"] == b"y" * 100
        assert read[f"{folder}/empty.jpg"] == b""


def test_what_vanishes_after_planning_is_an_error_and_the_rest_is_read(
    tmp_path: Path, make_tar: MakeTar
) -> None:
    root = _write(tmp_path / "photos", ["kept.jpg", "gone.jpg"])
    (root / "dangling.jpg").symlink_to(root / "nowhere.jpg")
    (root / "folder.jpg").mkdir()
    archive = make_tar(root / "x.tar", {"a.jpg": b"a", "b.jpg": b"b"})
    entries = _entries(_plan(root))
    (root / "gone.jpg").unlink()
    archive.unlink()
    read = {entry.path: data for entry, data in sources.read(entries, 100)}
    assert read.pop("photos/kept.jpg") == b"bytes of kept.jpg"
    lost = {"gone.jpg", "dangling.jpg", "folder.jpg", "x.tar/a.jpg", "x.tar/b.jpg"}
    assert set(read) == {f"photos/{name}" for name in lost}
    assert all(isinstance(data, Exception) for data in read.values())


# The stock driver.


def _fingerprint(*data: Path) -> str:
    options = executor.Options(128, 32, 10**6, 10**6, 1024, {"train": None, "eval": None}, "")
    node = component.ImageExampleGen([str(source) for source in data], options, 3)
    config = example_gen_pb2.Input()
    proto_utils.json_to_proto(node.exec_properties["input_config"], config)
    processor = input_processor.FileBasedInputProcessor(
        node.exec_properties["input_base"], config.splits
    )
    span, version = processor.resolve_span_and_version()
    assert (span, version) == (0, None)
    return processor.get_input_fingerprint(span, version)


def test_the_stock_driver_sees_when_files_change(tmp_path: Path, make_tar: MakeTar) -> None:
    root = _write(tmp_path / "photos", ["1.jpg", "a/b/c/2.jpg"])
    archive = make_tar(tmp_path / "x.tar", {"3.jpg": b"3"})
    seen = [_fingerprint(root, archive)]
    assert _fingerprint(root, archive) == seen[0]
    changes: list[Callable[[], object]] = [
        lambda: (root / "a/b/c/2.jpg").write_bytes(b"of another length"),
        lambda: _write(root, ["a/b/c/d/4.jpg"]),
        lambda: make_tar(archive, {"3.jpg": b"3" * 20_000}),
        lambda: (root / "1.jpg").unlink(),
        lambda: shutil.rmtree(root / "a"),
    ]
    for change in changes:
        change()
        seen.append(_fingerprint(root, archive))
    assert len(set(seen)) == len(changes) + 1
