"""How long tests wait for what must come."""

PATIENCE = 1800  # seconds: only what hangs takes as long, on however busy a machine
