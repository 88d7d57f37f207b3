"""Files for tests of `settle`, and the settlement of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.experiment.run_folder import read_manifest
from sim.explain.explained_year import Year
from sim.settle.command import Result, settle
from sim.settle.explain import claim_steps, fund_steps, provider_steps
from sim.settle.kept_year import read_year
from tests.paths import CASES

FILES = CASES / "settle"


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
            *([] if any(word.startswith("enrolment=") for word in words) else [f"enrolment={FILES / 'enrolment.csv'}"]),
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


def every_part(year: Year) -> None:
    """Some claims of each kind, each institution, the fund: all steps are held against what was paid."""
    kinds = np.stack([year.paid.claims.tier, year.paid.claims.category, year.paid.claims.insurance])
    _, first = np.unique(kinds, axis=1, return_index=True)
    for row in first:
        claim_steps(year, int(row))
    for provider in range(len(year.paid.providers.tier)):
        provider_steps(year, provider)
    whole = {step.what.en: step.fen for step in fund_steps(year)}
    assert whole["receipts of institutions"] == int(year.paid.payments.receipts.sum())
    told = whole["fund in the end: fund money for care"]
    lost = int(year.paid.settled.forfeited.sum())
    assert told == int(year.paid.payments.receipts.sum()) + int(year.paid.settled.transfer.sum()) - lost


def explained(folder: Path) -> None:
    """Every part of every design of a settlement."""
    manifest = read_manifest(folder)
    for design in manifest["designs"]:
        every_part(read_year(folder, manifest, design)[0])
