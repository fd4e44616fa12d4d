"""Every internal link of the built documents, and of the Markdown at the top of the project, leads somewhere.

Links to other hosts are left alone: this check works offline.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
MARKDOWN_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


class Page(HTMLParser):
    """Targets that a page links to, and the anchors it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if name in ("id", "name"):
                self.anchors.add(value)
            elif (name, tag) in (("href", "a"), ("href", "link"), ("src", "img"), ("src", "script")):
                self.targets.append(value)


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken_in_html(folder: Path) -> Iterator[str]:
    """Sentences about links of the built pages that lead nowhere."""
    pages = {path.resolve(): read(path) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        for target in page.targets:
            link = urlsplit(target)
            if link.scheme or link.netloc:
                continue
            reached = (path.parent / unquote(link.path)).resolve() if link.path else path
            if reached.is_dir():
                reached /= "index.html"
            if not reached.exists():
                yield f"{path.relative_to(folder.resolve())}: {target} does not exist"
            elif link.fragment and reached in pages and unquote(link.fragment) not in pages[reached].anchors:
                yield f"{path.relative_to(folder.resolve())}: {target} has no such place on that page"


def broken_in_markdown(paths: Sequence[Path]) -> Iterator[str]:
    """Sentences about relative links of Markdown files that lead to no file."""
    for path in paths:
        for target in MARKDOWN_LINK.findall(path.read_text(encoding="utf-8")):
            link = urlsplit(target)
            if not link.scheme and link.path and not (path.parent / unquote(link.path)).exists():
                yield f"{path.name}: {target} does not exist"


def main(folder: Path) -> int:
    broken = [*broken_in_html(folder), *broken_in_markdown(sorted(ROOT.glob("*.md")))]
    for sentence in broken:
        print(sentence)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
