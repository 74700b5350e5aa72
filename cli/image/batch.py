"""Many pictures in, many out: which files there are, where each goes, and writing them whole."""

import glob
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from serving.request import Format, Request

STREAM = "-"
SUFFIXES = (
    ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic",
    ".heif",
)  # fmt: skip
OUTPUT_FORMATS: dict[str, Format] = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
}
_SUFFIX: dict[Format, str] = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}
_MOST_TOLD = 5  # names in one message


class Job(NamedTuple):
    """A picture to be worked; a stream where a path is None."""

    source: Path | None
    target: Path | None
    file_format: Format


def plan(inputs: Sequence[str], output: str, file_format: Format | None) -> list[Job]:
    """Decides what is read and what is written.

    Args:
        inputs: Files, folders (whose pictures are taken, those in folders below too), patterns
            such as `photos/*.jpg`, or `-` for standard input.
        output: A file, a folder, or `-` for standard output. It is a folder if it is one already,
            ends with a slash, or several pictures may come.
        file_format: None to go by the output's name, or else PNG.

    Returns:
        The jobs, in a stable order, without doubles. Pictures that differ in their suffix alone
        keep it in the names of their results: `a.jpg.png` and `a.png.png`.

    Raises:
        click.UsageError: If there is nothing to work, or several pictures would go to one place.
    """
    if STREAM in inputs and len(inputs) > 1:
        raise click.UsageError("`-` reads one picture from standard input; name no other beside it")
    if output == STREAM:
        return [_to_stream(inputs, file_format)]
    target = Path(output)
    single = len(inputs) == 1 and not Path(inputs[0]).is_dir() and not _is_pattern(inputs[0])
    if single and not target.is_dir() and not output.endswith("/"):
        chosen = _format(target, file_format)
        return [Job(_path(inputs[0]), target, chosen)]
    if inputs[0] == STREAM:
        raise click.UsageError(
            f"{shown(output)} is a folder; name a file for what standard input gives"
        )
    if target.is_file():
        raise click.UsageError(f"{shown(output)} is a file; several pictures need a folder")
    if target.suffix.lower() in OUTPUT_FORMATS and not target.exists() and output[-1:] != "/":
        raise click.UsageError(
            f"{shown(output)} is the name of one picture, and several may come; for a folder of "
            f"that name write {shown(output)}/"
        )
    found = dict.fromkeys(_found(inputs, target.resolve()))
    if not found:
        raise click.UsageError(f"no pictures in {', '.join(map(shown, inputs))}")
    kind = file_format or "PNG"
    targets = _targets(list(found), target, _SUFFIX[kind])
    return [Job(path, place, kind) for (path, _), place in zip(found, targets, strict=True)]


def shown(name: object) -> str:
    """A file's name for people: what no terminal shows as it is, or is no UTF-8, is escaped."""
    text = os.fsencode(str(name)).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _targets(found: list[tuple[Path, Path]], folder: Path, suffix: str) -> list[Path]:
    """Where each picture goes; no two to one place."""
    twins = _sharing([folder / relative.with_suffix(suffix) for _, relative in found])
    targets = [
        folder / (relative.with_name(relative.name + suffix) if i in twins
                  else relative.with_suffix(suffix))
        for i, (_, relative) in enumerate(found)
    ]  # fmt: skip
    same = sorted(_sharing(targets))
    if same:
        names = ", ".join(shown(found[i][0]) for i in same[:_MOST_TOLD])
        raise click.UsageError(
            f"{len(same)} pictures would go to one place as others ({names}"
            f"{', ...' if len(same) > _MOST_TOLD else ''}); name the folder they lie in, whose own "
            "folders are kept, or work them one after the other"
        )
    return targets


def _sharing(targets: Sequence[Path]) -> set[int]:
    """The places in the list of those that are there more than once."""
    places: dict[Path, list[int]] = defaultdict(list)
    for i, target in enumerate(targets):
        places[target].append(i)
    return {i for each in places.values() if len(each) > 1 for i in each}


def variants(jobs: Sequence[Job], request: Request) -> list[tuple[Job, Request]]:
    """Says what is asked for each result.

    Args:
        jobs: As planned.
        request: Of all.

    Returns:
        Each job with its request. Where several variants are asked for, each goes to a file of
        its own, with its number behind the name: `wide-1.png`, `wide-2.png`.

    Raises:
        click.UsageError: If several pictures would go to standard output.
    """
    each = request.each_variant()
    if len(each) == 1:
        return [(job, each[0]) for job in jobs]
    if any(job.target is None for job in jobs):
        raise click.UsageError("--variants: several pictures need files; name a file or a folder")
    return [
        (job._replace(target=job.target.with_stem(f"{job.target.stem}-{number}")), variant)
        for job in jobs
        if job.target
        for number, variant in enumerate(each, start=1)
    ]


def check(job: Job, sources: set[Path], written: set[Path], overwrite: bool) -> None:
    """Makes sure that nothing is lost by writing a picture.

    Args:
        job: Where it goes.
        sources: All pictures that are read, resolved.
        written: All that this run has written so far, resolved.
        overwrite: Whether files that were there before may be replaced.

    Raises:
        ValueError: If something would be; says what to do.
    """
    if job.target is None:
        return
    place = job.target.resolve()
    if place in sources:
        name = shown(job.target)
        raise ValueError(f"{name} is an input, which is never overwritten; name another")
    if place in written:
        name = shown(job.target)
        raise ValueError(f"{name} was written just now, from another picture of that name")
    if job.target.exists() and not overwrite:
        raise ValueError(
            f"{shown(job.target)} exists; give --overwrite to replace it, or --skip-existing"
        )


def write(target: Path, data: bytes) -> None:
    """Writes a file that is whole or not there at all.

    Args:
        target: Where to; its folder is made.
        data: The content.

    Raises:
        OSError: If it cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _to_stream(inputs: Sequence[str], file_format: Format | None) -> Job:
    if len(inputs) > 1 or Path(inputs[0]).is_dir() or _is_pattern(inputs[0]):
        raise click.UsageError("standard output takes one picture; give --output a folder")
    return Job(_path(inputs[0]), None, file_format or "PNG")


def _path(name: str) -> Path | None:
    return None if name == STREAM else Path(name)


def _format(target: Path, file_format: Format | None) -> Format:
    by_name = OUTPUT_FORMATS.get(target.suffix.lower())
    if by_name and file_format and by_name != file_format:
        raise click.UsageError(f"{shown(target)} is no name for a {file_format}")
    chosen = file_format or by_name
    if chosen is None:
        raise click.UsageError(
            f"{shown(target)}: name it .png, .jpg or .webp, give --format, or end a folder's name "
            "with a slash"
        )
    return chosen


def _is_pattern(name: str) -> bool:
    return glob.has_magic(name) and not Path(name).exists()


def _is_picture(file: Path, folder: Path) -> bool:
    """By its name; what is hidden is not taken, nor are the `._` files of a Mac."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return file.suffix.lower() in SUFFIXES and not hidden


def _found(inputs: Sequence[str], output: Path) -> Iterator[tuple[Path, Path]]:
    """Each picture, and where it lies below the folder or pattern it was found by."""
    for name in inputs:
        path = Path(name)
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if _is_picture(file, path))
            # What an earlier run wrote into a folder below is not outpainted again.
            if output != path.resolve():
                files = [file for file in files if output not in file.resolve().parents]
            yield from ((file, file.relative_to(path)) for file in files if file.is_file())
        elif _is_pattern(name):
            matches = sorted(map(Path, glob.glob(name, recursive=True)))
            yield from ((file, Path(file.name)) for file in matches if file.is_file())
        else:
            yield path, Path(path.name)
