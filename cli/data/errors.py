"""What a download can end in instead of a file."""

import click


class DownloadError(click.ClickException):
    """A file could not be downloaded; the message says why and what to do."""


class Stopped(DownloadError):
    """The user stopped the download."""

    exit_code = 130  # what a shell reports for a command ended by Ctrl-C
