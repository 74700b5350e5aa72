"""What a process of ours said on standard error."""

import re

# TensorFlow 2.21's own when it is imported, which no variable silences.
_TENSORFLOW = re.compile(r"^(WARNING: All log messages before absl::Init|[IW]\d{4} \d\d).*\n", re.M)


def lines(errors: str) -> list[str]:
    """Takes it apart, without what the newer TensorFlow says.

    Args:
        errors: All of it.

    Returns:
        Its lines.
    """
    return _TENSORFLOW.sub("", errors).splitlines()
