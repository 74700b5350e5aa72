from pathlib import Path

import pytest

from tests.pipeline import stores


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with three runs in its store; to be read only."""
    output = tmp_path_factory.mktemp("history")
    stores.write_history(output)
    return output
