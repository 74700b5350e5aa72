"""Lists what lies in folders, local and remote: the one pass over them."""

import os
from collections.abc import Iterator, Sequence

from components.image_example_gen.discovery import labels, remote, walk
from components.image_example_gen.discovery.entries import File


def list_files(data: Sequence[str]) -> Iterator[File]:
    """Lists files, each once.

    Beside an archive or photograph that is named itself, Places365's lists are looked for, too.

    Args:
        data: Folders, archives or photographs; local paths or URIs.

    Yields:
        Files in a stable order.

    Raises:
        ValueError: If there is no source, or one is not there.
    """
    if not data:
        raise ValueError("no data: name a folder of images or a .tar archive")
    local = [os.path.abspath(source) for source in data if not remote.is_remote(source)]
    beside = [file for source in local for file in labels.lists_beside(source)]
    yield from walk.walk(list(dict.fromkeys([*local, *beside])))
    for source in dict.fromkeys(source for source in data if remote.is_remote(source)):
        yield from remote.walk(source.rstrip("/"))
