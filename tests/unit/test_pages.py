"""What the pages of docs/ refer to exists, so that a rename cannot leave them behind."""

import re

import pytest

from local import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CHANGES = (ROOT / "docs" / "changing.md").read_text()
SUFFIXES = "py|toml|md|yaml|json|js"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page):
    for link, heading in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text()):
        target = page.parent / link if link else page
        titles = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)

        assert heading in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def _file(path):
    return next((found for base in (ROOT, ROOT / "shared/quarry") if (found := base / path).exists()), None)


def test_every_file_of_the_page_on_changes_exists():
    paths = re.findall(rf"`([\w/]+\.(?:{SUFFIXES}))`", CHANGES)

    assert len(paths) > 40
    assert [path for path in paths if _file(path) is None] == []


def test_every_name_of_the_page_on_changes_is_in_its_file():
    named = re.findall(r"`([\w/]+\.py)`: (?:raise )?((?:`\w+`(?:, | and | or )?)+)", CHANGES)
    named += [(path, name) for name, path in re.findall(r"(`\w+`) \(`([\w/]+\.py)`\)", CHANGES)]
    pairs = [(path, name) for path, names in named for name in re.findall(r"`(\w+)`", names)]

    assert len(pairs) > 15
    assert [(path, name) for path, name in pairs if not re.search(rf"\b{name}\b", _file(path).read_text())] == []
