"""Links of the pages: they lead to files of the repository, and the site's copies of the pages keep them."""

import importlib
import posixpath
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("*/*/README.md"))]


@pytest.fixture(scope="module")
def links():
    sys.path.insert(0, str(ROOT / "tools" / "docs_site"))
    try:
        return importlib.import_module("links")
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_of_the_repository(page: Path, links) -> None:
    missing = [target for target, _ in links.links_of(page.read_text()) if not (page.parent / target).exists()]
    assert not missing


def test_what_looks_like_a_link_in_code_is_left_alone(links) -> None:
    text = "See [a](a.md).\n\n```python\nvalues[0](b.md)\n```\n\n    x[1](c.md)\n\n`y[2](d.md)` and ![e](images/e.png)\n"
    assert list(links.links_of(text)) == [("a.md", ""), ("images/e.png", "")]
    assert links.rewritten(text, "docs/page.md", "page.md") == text


def test_code_that_goes_on_in_the_next_line_ends_there(links) -> None:
    text = (
        "Run `lab run a\n--time 1m`; [record](../record.json). The whole of `default` isn't there.\n\n[b](../b.json) and `c`.\n"
    )
    assert links.rewritten(text, "docs/page.md", "page.md").count("](repository/") == 2


def test_links_of_the_readme_and_of_pages_to_the_repository_are_moved(links) -> None:
    readme = links.rewritten("[DQN](docs/dqn.md#speed) [licence](LICENSE) [far](https://a.org/b.md)", "README.md", "index.md")
    assert readme == "[DQN](dqn.md#speed) [licence](repository/LICENSE.txt) [far](https://a.org/b.md)"
    page = links.rewritten("[examples](../examples/README.md) [front](../README.md)", "docs/dqn.md", "dqn.md")
    assert page == "[examples](repository/examples/index.md) [front](index.md)"
    back = links.rewritten("[docs](../docs/dqn.md)", "examples/README.md", "repository/examples/index.md")
    assert back == "[docs](../../dqn.md)"


def test_everything_that_the_pages_link_to_has_one_place_on_the_site(links) -> None:
    paths = links.linked_files()
    assert {"README.md", "examples/README.md"} <= set(paths)
    places = [links.place_of(path) for path in paths]
    assert len(set(places)) == len(places)
    assert all((ROOT / path).exists() and posixpath.normpath(place) == place for path, place in zip(paths, places, strict=True))
