"""Puts what a benchmark found into the page that tells it, between its marks."""

from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def write(page: str, name: str, text: str) -> None:
    """Replaces what stands between a benchmark's marks.

    Args:
        page: A file in docs/.
        name: What the marks call the benchmark.
        text: Markdown.

    Raises:
        ValueError: If the page has not each mark once.
    """
    file = DOCS / page
    start, end = f"<!-- {name} benchmark -->\n", f"<!-- end of {name} benchmark -->"
    content = file.read_text()
    if (content.count(start), content.count(end)) != (1, 1):
        raise ValueError(f"{file}: {start.strip()} and {end} are to be there once each")
    before, rest = content.split(start)
    file.write_text(f"{before}{start}{text.rstrip()}\n{end}{rest.split(end)[1]}")
