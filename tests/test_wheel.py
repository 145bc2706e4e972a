"""The wheel holds every subpackage, and nothing under a top-level name that belongs to others."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("slowthink", "verifiers", "strategies", "benchmarks")
DATA = (".txt", ".html", ".json", ".typed", ".css", ".js", ".lark", ".toml", ".jsonl", ".gz")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a wheel built from a copy of the tree contains (a copy: old `build` folders would leak into it)."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / folder, tree / folder, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", "dist", "."]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "dist").glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_nothing_is_missing(names: list[str]) -> None:
    expected = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            relative = path.relative_to(ROOT)
            through_link = any((ROOT / parent).is_symlink() for parent in relative.parents)
            wanted = path.suffix in (".py", *DATA) and path.is_file() and "__pycache__" not in relative.parts
            if wanted and not through_link:
                expected.add(relative.as_posix() if folder == "slowthink" else f"slowthink/{relative.as_posix()}")
    assert "slowthink/py.typed" in expected
    assert sorted(expected - set(names)) == [], "name their packages or package-data in pyproject.toml"


def test_only_our_own_top_level_name(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"slowthink"}


def test_license_and_console_script(names: list[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert any(name.endswith(".dist-info/entry_points.txt") for name in names)
