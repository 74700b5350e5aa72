"""Lists local files, each once, whatever links there are."""

import os
import stat
from collections.abc import Iterator, Sequence

from components.image_example_gen.discovery import names
from components.image_example_gen.discovery.entries import File

LINK = "link"  # reasons to ignore
HIDDEN = "hidden"
OUTPUT = "output of a run"
_DATABASE = ("metadata", "metadata.db")  # in the output folder of a run


def walk(sources: Sequence[str]) -> Iterator[File]:
    """Lists all files in folders.

    Folders are followed before links, so that a file is listed where it lies; a link to what is
    listed already is ignored. Hidden folders and output folders of runs are not entered.

    Args:
        sources: Absolute paths of folders or files.

    Yields:
        Files in a stable order, with folders that are not entered among them, their names ending in
        a slash.

    Raises:
        ValueError: If a source is not there.
    """
    return _Walk().run(sources)


class _Walk:
    def __init__(self) -> None:
        self._folders: set[tuple[int, int]] = set()  # entered already, by device and inode
        self._files: set[tuple[int, int]] = set()  # listed already, of those with several names
        self._links: list[tuple[str, str]] = []  # source and name; for later

    def run(self, sources: Sequence[str]) -> Iterator[File]:
        for source in sources:
            yield from self._source(source)
        while self._links:
            links, self._links = self._links, []
            for source, name in links:
                yield from self._follow(source, name)

    def _source(self, source: str) -> Iterator[File]:
        try:
            found = os.stat(source)
        except OSError as error:
            raise ValueError(f"{source}: {error.strerror}") from error
        if stat.S_ISDIR(found.st_mode):
            yield from self._folder(source, "")
        elif not self._is_listed(source, found):
            self._files.add(_identity(found))
            yield _file(source, "", found)

    def _folder(self, source: str, first: str) -> Iterator[File]:
        waiting = [first]
        while waiting:
            name = waiting.pop()
            path = os.path.join(source, name) if name else source
            try:
                identity = _identity(os.stat(path))
                if identity in self._folders:
                    continue
                self._folders.add(identity)
                with os.scandir(path) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                yield File(
                    source, f"{name}/", problem=f"the folder cannot be read: {error.strerror}"
                )
                continue
            if os.path.isfile(os.path.join(path, *_DATABASE)):
                yield File(source, f"{name}/", ignored=OUTPUT)
                continue
            folders = []
            for entry in inside:
                child = os.path.join(name, entry.name)
                folder = entry.is_dir(follow_symlinks=False)
                if names.is_hidden(entry.name):
                    yield File(source, f"{child}/" if folder else child, ignored=HIDDEN)
                elif entry.is_symlink():
                    self._links.append((source, child))
                elif folder:
                    folders.append(child)
                else:
                    yield from self._plain(source, child, entry)
            waiting += reversed(folders)

    def _plain(self, source: str, name: str, entry: os.DirEntry) -> Iterator[File]:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield File(source, name, problem=error.strerror or str(error))
            return
        if found.st_nlink > 1 or self._files:
            if _identity(found) in self._files:
                yield File(source, name, ignored=LINK)
                return
            if found.st_nlink > 1:
                self._files.add(_identity(found))
        yield _file(source, name, found)

    def _follow(self, source: str, name: str) -> Iterator[File]:
        path = os.path.join(source, name)
        try:
            found = os.stat(path)
        except OSError as error:
            why = f"a link to {os.readlink(path)}: {error.strerror}"
            yield File(source, name, problem=why)
            return
        if stat.S_ISDIR(found.st_mode):
            here = os.path.realpath(os.path.dirname(path))
            loop = os.path.commonpath([here, os.path.realpath(path)]) == os.path.realpath(path)
            if loop or _identity(found) in self._folders:
                yield File(source, f"{name}/", ignored=LINK)
            else:
                yield from self._folder(source, name)
        elif self._is_listed(os.path.realpath(path), found):
            yield File(source, name, ignored=LINK)
        else:
            self._files.add(_identity(found))
            yield _file(source, name, found)

    def _is_listed(self, path: str, found: os.stat_result) -> bool:
        if _identity(found) in self._files:
            return True
        folder, name = os.path.split(path)
        return not names.is_hidden(name) and _identity(os.stat(folder)) in self._folders


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _file(source: str, name: str, found: os.stat_result) -> File:
    rights = f"{stat.S_IMODE(found.st_mode):o} {found.st_uid} {found.st_gid}"
    problem = "" if stat.S_ISREG(found.st_mode) else f"not a file but {_kind(found.st_mode)}"
    return File(source, name, found.st_size, found.st_mtime_ns, rights, problem)


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
