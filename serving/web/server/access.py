"""The access log: a line a request, when its answer is out."""

import logging
from typing import Any

LOG = logging.getLogger("outpaint.access")
_PROBES = ("/healthz", "/readyz", "/metrics")  # told only where something is wrong


def tell(scope: dict[str, Any], status: int, size: int, seconds: float, outcome: str) -> None:
    """Logs an exchange.

    Args:
        scope: ASGI's, of the request. The query is left out, as it may hold what is private.
        status: Of the answer; 0 where none was begun.
        size: Of its body, bytes that were handed to the connection.
        seconds: From the request's head to the answer's end.
        outcome: In a word: what came of a picture, or that the client left.
    """
    if not LOG.isEnabledFor(logging.INFO):
        return
    path = scope["path"]
    if path.endswith(_PROBES) and status < 400:
        return
    client = scope.get("client") or ("-",)
    # Written as Python would: a path holds whatever a stranger sends, line ends too.
    LOG.info(
        "%s %s %s %s %d bytes %.3f s%s",
        client[0],
        scope["method"],
        ascii(path)[1:-1],
        status or "-",
        size,
        seconds,
        f" {outcome}" if outcome else "",
    )
