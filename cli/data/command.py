"""The `outpaint data` commands, which get the images that the pipeline learns from."""

import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click

BASE_URL = "http://data.csail.mit.edu/places/places365/"
TERMS = (
    "Places365 is offered for research and education: "
    "read its terms at http://places2.csail.mit.edu before you use it."
)
SIZES = ("256", "large")
PARTS = ("train", "val", "lists")

# (size, part) -> (file name, MD5). The names and sums are the facts that torchvision (BSD-3-Clause)
# records in torchvision/datasets/places365.py; the lists are the same for both sizes.
_LISTS = ("filelist_places365-standard.tar", "35a0585fee1fa656440f3ab298f8479c")
PLACES365: dict[tuple[str, str], tuple[str, str]] = {
    ("256", "train"): ("train_256_places365standard.tar", "53ca1c756c3d1e7809517cc47c5561c5"),
    ("256", "val"): ("val_256.tar", "e27b17d8d44f4af9a78502beb927f808"),
    ("256", "lists"): _LISTS,
    ("large", "train"): ("train_large_places365standard.tar", "67e186b496a84c929568076ed01a8aa1"),
    ("large", "val"): ("val_large.tar", "9b71c4993ad89d2d8bcbdc4aef38042f"),
    ("large", "lists"): _LISTS,
}


@click.group()
def data() -> None:
    """Get the images that the pipeline learns from."""


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
@click.option("--base-url", default=BASE_URL, show_default=True, help="Server or mirror to use.")
def fetch(size: str, parts: Sequence[str], output: Path, base_url: str) -> None:
    """Download the Places365-Standard archives and label lists.

    Archives stay packed, as the pipeline reads them; the label lists are unpacked beside their
    archive. Running the command again resumes a download that was cut off.
    """
    # Here, not above: it needs requests and rich, which `--help` should not wait for.
    from cli.data import download

    click.echo(TERMS)
    wanted = list(dict.fromkeys(parts or PARTS))
    files = [download.RemoteFile(*PLACES365[size, part]) for part in wanted]
    paths = download.fetch(files, output, base_url)
    if "lists" in wanted:
        lists = extract_lists(paths[wanted.index("lists")])
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
