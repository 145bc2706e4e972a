"""ARCHITECTURE.md names every module of the tree, and nothing that does not exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("slowthink", "verifiers", "strategies", "benchmarks", "tools")


def test_the_map_is_the_tree() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w./-]+\.(?:py|txt|md|toml))`", text))
    modules = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            relative = path.relative_to(ROOT)
            through_link = any((ROOT / parent).is_symlink() for parent in relative.parents)
            if path.name != "__init__.py" and not through_link:
                modules.add(relative.as_posix())
    assert sorted(modules - named) == [], "add these to ARCHITECTURE.md"
    assert sorted(name for name in named if not (ROOT / name).is_file()) == [], "ARCHITECTURE.md names these in vain"
    folders = re.findall(r"`([\w./-]+/)`", text)
    assert sorted(name for name in folders if not (ROOT / name).is_dir()) == []
    listed = re.findall(r"^- `([\w./-]+\.py)`:", text, re.MULTILINE)
    assert sorted(name for name in set(listed) if listed.count(name) > 1) == []
    assert sorted(modules - set(listed)) == []
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)
    assert len(headings) == len(set(headings))
