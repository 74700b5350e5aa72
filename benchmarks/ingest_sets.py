"""Sets of photographs to ingest, made before any clock starts."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

LARGE = 1024  # short side of what is made smaller, pixels
_QUALITY = 90
_SUFFIXES = (".jpg", ".jpeg")


def photographs(archive: Path, count: int) -> Iterator[bytes]:
    """Reads the first JPEGs of a tar archive.

    Args:
        archive: The archive.
        count: At most so many.

    Yields:
        Their bytes.
    """
    with tarfile.open(archive) as tar:
        for member in tar:
            if count and member.isreg() and member.name.endswith(_SUFFIXES):
                count -= 1
                yield tar.extractfile(member).read()  # type: ignore[union-attr] # it is a file
            if not count:
                return


def enlarged(images: Iterator[bytes], side: int) -> Iterator[bytes]:
    """Enlarges JPEGs.

    Args:
        images: JPEGs.
        side: Width and height of the result, pixels.

    Yields:
        JPEGs.
    """
    for data in images:
        with Image.open(io.BytesIO(data)) as image:
            yield _jpeg(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


def cut(folder: Path, count: int) -> Iterator[bytes]:
    """Cuts large pictures out of the photographs of a folder, over and over, each another one.

    Args:
        folder: JPEGs.
        count: How many to make.

    Yields:
        JPEGs with a short side of LARGE pixels.
    """
    sources = []
    for file in sorted(folder.glob("*.jpg")):
        with Image.open(file) as image:
            scale = (LARGE + 64) / min(image.size)
            size = (round(image.width * scale), round(image.height * scale))
            sources.append(image.convert("RGB").resize(size, Image.Resampling.BICUBIC))
    for number in range(count):
        source = sources[number % len(sources)]
        shift = number // len(sources) % 64
        box = (shift, shift, source.width - 64 + shift, source.height - 64 + shift)
        yield _jpeg(source.crop(box))


def store(images: Iterator[bytes], folder: Path) -> tuple[Path, Path]:
    """Lays images out twice.

    Args:
        images: JPEGs.
        folder: Where to.

    Returns:
        A folder of loose files, and a tar of the same.
    """
    loose, packed = folder / "loose", folder / "train.tar"
    folder.mkdir()
    with tarfile.open(packed, "w") as tar:
        for number, data in enumerate(images):
            name = f"{'val' if number % 10 == 0 else 'train'}/{number:08d}.jpg"
            file = loose / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return loose, packed


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
