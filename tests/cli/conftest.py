"""The server that the tests of the downloads share."""

from collections.abc import Iterator

import pytest

from tests.cli import server
from tests.pipeline.conftest import history  # noqa: F401 - a fixture


@pytest.fixture
def site() -> Iterator[server.Site]:
    with server.serve() as site:
        yield site
