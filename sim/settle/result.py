"""What `settle` hands to whoever asked for it: where the results are, and what the terminal shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.settle.read.check import Findings
from sim.settle.write.luck import LuckOfResults


class Result(NamedTuple):
    """What was settled."""

    folder: Path
    fund: Any
    providers: Any
    communities: Any
    notes: tuple[str, ...]
    findings: Findings
    language: str
    labels: Mapping[str, str]
    """Design -> what it is in words."""
    luck: LuckOfResults = LuckOfResults()
