"""What MkDocs calls while it builds the site from docs/ (mkdocs.yml names this file).

Added to the pages of docs/: the README as the first page, a page for each task, the public names of the Python packages, and
every file of the repository that a page links to. Links are rewritten so that they work in the repository and on the site.
"""

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from links import ROOT, linked_files, place_of, rewritten
from maths import with_mathml
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from names import names_page
from task_pages import task_pages

_sources: dict[str, str] = {}  # place on the site -> path in the repository


def on_files(files: Files, config: Any) -> Files:
    """Add what is not a file of docs/."""
    for path in linked_files():
        place = place_of(path)
        _sources[place] = path
        whole = ROOT / path
        if whole.is_dir():
            lines = "".join(f"- `{one.name}`\n" for one in sorted(whole.iterdir()))
            files.append(File.generated(config, place, content=f"# {path}\n\nFiles of this folder of the repository:\n\n{lines}"))
        else:
            files.append(File.generated(config, place, abs_src_path=str(whole)))
    for place, text in [*task_pages().items(), ("reference/names.md", names_page())]:
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page's text with links as the site needs them."""
    place = page.file.src_uri
    return rewritten(markdown, _sources.get(place, f"docs/{place}"), place)


def on_page_content(html: str, **_: Any) -> str:
    return with_mathml(html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that would load anything from another host."""
    loaded = re.search(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^\"' >]*", output)
    if loaded and 'rel="canonical"' not in loaded[0]:
        raise PluginError(f"{page.file.src_uri} loads something from elsewhere: {loaded[0]}")
    return output
