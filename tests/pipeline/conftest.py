from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output folder with three runs in its store; to be read only."""
    from tests.pipeline import stores  # which needs TFX; others import this file

    output = tmp_path_factory.mktemp("history")
    stores.write_history(output)
    return output
