"""The versions in a serving folder: which is the newest that works."""

import logging
from pathlib import Path

from serving.errors import NoModel
from serving.model.saved_model import Model

_log = logging.getLogger(__name__)
_SAVED_MODEL = "saved_model.pb"

# What a version's files look like from outside: (path, bytes, time of change) of each.
_State = tuple[tuple[str, int, int], ...]


class Versions:
    """A serving folder, `FOLDER/NUMBER/saved_model.pb`, or a SavedModel by itself.

    A version that cannot be loaded is logged and passed over until its files change, as those of
    one that is still being copied will.
    """

    def __init__(self, folder: Path):
        """Looks at a folder; nothing is loaded yet.

        Args:
            folder: The serving folder, or a SavedModel.
        """
        self.folder = folder
        self._broken: dict[Path, _State] = {}

    @property
    def broken(self) -> list[Path]:
        """The versions that were passed over."""
        return list(self._broken)

    def newest(self, after: Path | None = None) -> Model | None:
        """Loads the newest version that works.

        Args:
            after: Only versions newer than this one; None for all.

        Returns:
            The model, or None where there is none.
        """
        for path in self._paths():
            if path == after:
                return None
            state = _state(path)
            if self._broken.get(path) == state:
                continue
            try:
                return Model(path)
            except NoModel as error:
                _log.warning("version passed over: %s", error)
                self._broken[path] = state
        return None

    def load(self) -> Model:
        """Loads the newest version that works.

        Returns:
            The model.

        Raises:
            NoModel: If there is none; says what to do.
        """
        model = self.newest()
        if model:
            return model
        if not self.folder.is_dir():
            raise NoModel(f"{self.folder}: no such folder; name a model, or run the pipeline")
        if self._broken:
            raise NoModel(f"{next(iter(self._broken))}: no SavedModel of this pipeline")
        raise NoModel(
            f"{self.folder}: neither a SavedModel nor a folder of versions; run the pipeline first"
        )

    def _paths(self) -> list[Path]:
        """Folders that may be versions, newest first."""
        if (self.folder / _SAVED_MODEL).is_file():
            return [self.folder]
        if not self.folder.is_dir():
            return []
        numbered = [path for path in self.folder.iterdir() if path.name.isdecimal()]
        whole = [path for path in numbered if (path / _SAVED_MODEL).is_file()]
        return sorted(whole, key=lambda path: int(path.name), reverse=True)


def _state(path: Path) -> _State:
    found = []
    for file in sorted(path.rglob("*")):
        try:
            status = file.stat()
        except OSError:  # removed while we look
            continue
        found.append((str(file), status.st_size, status.st_mtime_ns))
    return tuple(found)
