"""Files for tests of `settle`, and the settlement of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from sim.settle.command import Result, settle

FILES = Path(__file__).parent / "cases" / "settle"


def loaded(name: str) -> Any:
    return yaml.safe_load((FILES / name).read_text(encoding="utf-8"))


def county(
    out: Path,
    *words: str,
    claims: Path | None = None,
    providers: Path | None = None,
    groups: Path | None = FILES / "groups.csv",
) -> Result:
    """The county of published-results 4.2, settled."""
    return settle(
        [
            f"claims={claims or FILES / 'claims.csv'}",
            f"providers={providers or FILES / 'providers.csv'}",
            *([f"groups={groups}"] if groups else []),
            f"enrolment={FILES / 'enrolment.csv'}",
            f"out={out}",
            *words,
        ]
    )


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def told_of(case: dict[str, Any], result: Result, folder: Path) -> None:
    """A case names its reading; where the method has one, settle says it too, in its notes and in the manifest."""
    assert case["reading"]
    (design,) = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["designs"].values()
    if "told" in case:
        assert case["told"] in design["readings"], design["readings"]
        assert any(note.endswith(case["told"]) for note in result.notes)
    for name, text in case.get("derived", {}).items():
        assert design["derived"][name] == text
