"""The `outpaint data` commands, which get the images that the pipeline learns from."""

import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click

from cli.data.compare import compare
from cli.data.drift import drift

BASE_URL = "http://data.csail.mit.edu/places/places365/"
TERMS = (
    "Places365 is offered for research and education: "
    "read its terms at http://places2.csail.mit.edu before you use it."
)
SIZES = ("256", "large")
EDITIONS = ("standard", "challenge")
PARTS = ("train", "val", "lists")

# (edition, size, part) -> (file name, MD5). The names and sums are the facts that torchvision
# (BSD-3-Clause) records in torchvision/datasets/places365.py. The validation images are the same
# for both editions, the lists for both sizes.
_VAL = {
    "256": ("val_256.tar", "e27b17d8d44f4af9a78502beb927f808"),
    "large": ("val_large.tar", "9b71c4993ad89d2d8bcbdc4aef38042f"),
}
_LISTS = {
    "standard": ("filelist_places365-standard.tar", "35a0585fee1fa656440f3ab298f8479c"),
    "challenge": ("filelist_places365-challenge.tar", "70a8307e459c3de41690a7c76c931734"),
}
_TRAIN = {
    ("standard", "256"): ("train_256_places365standard.tar", "53ca1c756c3d1e7809517cc47c5561c5"),
    ("standard", "large"): (
        "train_large_places365standard.tar",
        "67e186b496a84c929568076ed01a8aa1",
    ),
    ("challenge", "256"): ("train_256_places365challenge.tar", "741915038a5e3471ec7332404dfb64ef"),
    ("challenge", "large"): (
        "train_large_places365challenge.tar",
        "605f18e68e510c82b958664ea134545f",
    ),
}
PLACES365: dict[tuple[str, str, str], tuple[str, str]] = {
    (edition, size, part): file
    for (edition, size), train in _TRAIN.items()
    for part, file in (("train", train), ("val", _VAL[size]), ("lists", _LISTS[edition]))
}


@click.group()
def data() -> None:
    """Get photographs to learn from, and compare sets."""


data.add_command(compare)
data.add_command(drift)


@data.command()
@click.option(
    "--size",
    type=click.Choice(SIZES),
    default="256",
    show_default=True,
    help="256: images of 256x256 pixels; large: in high resolution.",
)
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    help="What to download; may be repeated.  [default: all parts]",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to download into; made if it is not there.",
)
@click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    default="standard",
    show_default=True,
    help="standard: 1.8 million training images; challenge: 8 million.",
)
@click.option(
    "--images",
    type=click.IntRange(1),
    help="Only so many validation images, of every category, and the lists: a small set to begin "
    "with, which the pipeline splits itself.",
)
@click.option("--base-url", default=BASE_URL, show_default=True, help="Server or mirror to use.")
def fetch(
    size: str,
    parts: Sequence[str],
    output: Path,
    edition: str,
    images: int | None,
    base_url: str,
) -> None:
    """Download the Places365 archives and label lists.

    Archives stay packed, as the pipeline reads them; the label lists are unpacked beside their
    archive. Running the command again resumes a download that was cut off.
    """
    if images and "train" in parts:
        raise click.UsageError(
            "--images takes validation images: the training archive is ordered by category, so "
            "that its first images are of a few only"
        )
    # Here, not above: they need requests and rich, which `--help` should not wait for.
    from cli.data import download, subset

    click.echo(TERMS)
    wanted = list(dict.fromkeys(parts or (PARTS[1:] if images else PARTS)))
    whole = [part for part in wanted if not (images and part == "val")]
    if images and "val" in wanted:
        subset.fetch_first(PLACES365[edition, size, "val"][0], images, output, base_url)
    files = [download.RemoteFile(*PLACES365[edition, size, part]) for part in whole]
    paths = download.fetch(files, output, base_url)
    if "lists" in whole:
        lists = extract_lists(paths[whole.index("lists")])
        click.echo(f"lists: {len(lists)} .txt files unpacked in {output}")


def extract_lists(archive: Path) -> list[Path]:
    """Unpacks the .txt files of a tar archive into the folder the archive is in.

    Everything else in the archive (folders, links, other files) is left out, and so are the
    folders in the members' names.

    Args:
        archive: The tar archive of label lists.

    Returns:
        The unpacked files, in the archive's order.

    Raises:
        click.ClickException: If a member's name points outside the archive's folder (nothing is
            unpacked then), or the archive cannot be read, or a file cannot be written.
    """
    try:
        with tarfile.open(archive) as tar:
            members = tar.getmembers()
            for member in members:
                _refuse_outside(archive, member)
            wanted = [m for m in members if m.isreg() and m.name.endswith(".txt")]
            return [_extract(tar, member, archive.parent) for member in wanted]
    except (tarfile.TarError, EOFError, OSError) as error:
        raise click.ClickException(f"cannot unpack {archive}: {error}") from error


def _refuse_outside(archive: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts:
        raise click.ClickException(
            f"{archive} is refused: its member {member.name!r} points outside the archive's "
            "folder. Nothing was unpacked."
        )


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> Path:
    target = folder / PurePosixPath(member.name).name
    # Renamed when whole, so that the pipeline never reads half a list.
    part = target.with_name(target.name + ".part")
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ExtractError(f"{member.name} has no content")
    with source, part.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    os.replace(part, target)
    return target
