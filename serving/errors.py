"""What can go wrong for a reason that the user can mend. Each message says what is allowed."""


class ServingError(ValueError):
    """The base of them all; its message is one line, fit to be shown."""


class BadRequest(ServingError):
    """Settings that are unknown, unreadable or impossible together or for this picture."""


class BadPicture(ServingError):
    """Bytes that are no picture we take, or a picture that is broken."""


class TooLarge(ServingError):
    """A file, a picture or a result above the limits in `settings`."""


class NoModel(ServingError):
    """A folder that holds no usable model."""
