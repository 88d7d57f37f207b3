"""Run every study on the default county: how long each takes, and how its claims fare.

usage: python -m benchmarks.studies [NAME ...] [OVERRIDE ...]

Reports go to outputs/studies/NAME.  An override that a study's arms set themselves stops that study, not the others.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from sim.core.errors import CountyFundError
from sim.experiment.compare import compare_plan, plan
from sim.experiment.study import studies
from sim.report.from_experiments import Reporter, of_comparison
from sim.report.verdicts import verdict

FOLDER = Path("outputs") / "studies"


class Result(NamedTuple):
    """One study that was run, or why it was not."""

    name: str
    seconds: float
    verdicts: Counter[str]
    error: str = ""


def run(name: str, overrides: Sequence[str], folder: Path) -> Result:
    """Run one study and write its report."""
    started = perf_counter()
    try:
        planned = plan(name, [*overrides, f"output.dir={folder / name}", "output.overwrite=true"])
        reporter = Reporter(of_comparison, planned.base)
        compare_plan(planned, save=True, extras=reporter)
    except CountyFundError as error:
        return Result(name, perf_counter() - started, Counter(), str(error))
    analysis = reporter.analysis
    claims = [claim for claim in analysis.data.claims if claim.checks] if analysis else []
    found = Counter(verdict(analysis, claim) for claim in claims) if analysis else Counter()
    return Result(name, perf_counter() - started, Counter(found))


def table(results: Sequence[Result]) -> str:
    """Study, seconds, and how many of its claims are met, contradicted, lost in noise or untested."""
    heads = ("met", "against", "noise", "unknown")
    lines = [f"{'study':<28}{'seconds':>9}" + "".join(f"{head:>9}" for head in heads)]
    for result in results:
        counts = "  not run" if result.error else "".join(f"{result.verdicts[head]:>9}" for head in heads)
        lines.append(f"{result.name:<28}{result.seconds:>9.1f}{counts}")
    lines.append(f"{'all':<28}{sum(result.seconds for result in results):>9.1f}")
    return "\n".join(lines)


def main(arguments: Sequence[str], folder: Path = FOLDER) -> int:
    """Run the studies named, or all; returns 2 if one could not be run."""
    names = [word for word in arguments if "=" not in word] or list(studies())
    overrides = [word for word in arguments if "=" in word]
    results = []
    for name in names:
        result = run(name, overrides, folder)
        print(
            f"{result.name}: {result.seconds:.1f} s" + (f"\nerror: {result.error}" if result.error else ""), flush=True
        )
        results.append(result)
    print()
    print(table(results))
    print(f"reports: {folder}")
    return 2 if any(result.error for result in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
