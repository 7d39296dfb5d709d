"""A subject has one name, which its files have on each floor; within a package no two files share a name."""

from collections import Counter

import pytest

from local import ROOT

PACKAGES = sorted(folder for folder in (ROOT / "shared/quarry").iterdir() if (folder / "__init__.py").exists())
# What both stores have of one subject has its name in the folder of each.
TECHNOLOGIES = {"postgresql", "qdrant"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_no_two_files_of_a_package_have_one_name(package):
    files = [one for one in package.rglob("*.py") if one.name != "__init__.py" and one.parent.name not in TECHNOLOGIES]

    assert [name for name, number in Counter(one.name for one in files).items() if number > 1] == []
