"""Is what the program computes the same as at another revision?  Every table and explanation, byte for byte.

usage: python -m benchmarks.same_bytes REVISION [OVERRIDE ...]

Writes the files of a git revision to a temporary folder, does the same jobs there and here, on a small county, and
compares what both wrote: two studies with single claims, a run with both funds, a sweep, a settlement of the sample
county with its ledger, and the explanations of all of them.  Exits with 1 and names the files that differ.

The revision runs in this environment, so a change of a dependency is not seen.  Overrides go to the simulations only.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

SMALL = ("population.residents=1500", "experiment.replications=2")
SAMPLE = [f"{name}=sample/{name}.csv" for name in ("claims", "providers", "groups", "enrolment", "history")]

SIMULATED: dict[str, list[str]] = {
    "package": ["compare", "study=youxi", "output.claims=true"],
    "signed": ["compare", "study=tianjin", "output.claims=true"],
    "assessed": ["run", "payment=package", "settlement=shared", "settlement.assessment.apply=true",
                 "fund.employee.apply=true", "output.claims=true", "output.ledgers=1"],
    "sweep": ["sweep", "payment=drg,package", "settlement.overrun_share=0,0.5"],
}  # fmt: skip
"""Jobs by the name of their folder: what they are asked."""

SETTLED: dict[str, list[str]] = {
    "sample": ["template", "sample", "out=sample"],
    "settled": ["settle", *SAMPLE, "payment=ffs,drg,dip,package", "settlement=shared", "out=settled"],
    "posted": ["settle", *SAMPLE, "payment=drg", "out=posted", "ledger=posted_ledger"],
}

EXPLAINED: dict[str, list[str]] = {
    "history_fund": ["fund", "year=1", "run=package"],
    "fund": ["fund", "year=5", "run=package"],
    "institution": ["provider=0", "year=5", "run=signed"],
    "claim": ["row=4711", "run=package", "language=zh"],
    "assessed_fund": ["fund", "year=5", "run=assessed"],
    "employees": ["fund", "year=5", "run=assessed", "insurance=employee"],
    "settled_fund": ["fund", "settled=settled"],
}

COMPARED = ("*.parquet", "*.csv", "explained/*.txt")
"""What results consist of; reports, figures and manifests hold dates and versions."""


def jobs(overrides: Sequence[str]) -> list[list[str]]:
    """All commands, in an order in which each finds what it needs."""
    simulated = [
        [*words, *SMALL, *overrides, f"output.dir={name}", "executor.workers=1"] for name, words in SIMULATED.items()
    ]
    return [*simulated, *SETTLED.values(), *(["explain", *words] for words in EXPLAINED.values())]


def do(tree: Path, place: Path, overrides: Sequence[str]) -> None:
    """Do every job with the program of a tree, in an empty folder.

    Raises:
        subprocess.CalledProcessError: if a job fails.
    """
    (place / "explained").mkdir(parents=True)
    start = f"import sys; sys.path.insert(0, {str(tree)!r}); from sim.__main__ import main; sys.exit(main())"
    names = iter(EXPLAINED)
    for words in jobs(overrides):
        print(" ".join(words), file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-P", "-c", start, *words], cwd=place, text=True, encoding="utf-8", capture_output=True
        )
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            done.check_returncode()
        if words[0] == "explain":
            (place / "explained" / f"{next(names)}.txt").write_text(done.stdout, encoding="utf-8")


def files_of(place: Path) -> dict[str, bytes]:
    """What a folder of results holds, by relative name."""
    found = {path for pattern in COMPARED for path in place.rglob(pattern)}
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(found)}


def different(before: Path, after: Path) -> list[str]:
    """One line for each file that is not the same in both folders.

    Raises:
        ValueError: if there is nothing to compare.
    """
    old, new = files_of(before), files_of(after)
    if not old:
        raise ValueError(f"nothing to compare in {before}")
    lines = [f"only before: {name}" for name in old.keys() - new.keys()]
    lines += [f"only now: {name}" for name in new.keys() - old.keys()]
    return sorted(lines + [f"differs: {name}" for name in old.keys() & new.keys() if old[name] != new[name]])


def files_at(revision: str, place: Path) -> None:
    """Write the files of a git revision to a folder.

    Raises:
        subprocess.CalledProcessError: if git does not know the revision.
    """
    archive = place.with_suffix(".tar")
    subprocess.run(["git", "archive", "-o", str(archive), revision], check=True)
    with tarfile.open(archive) as files:
        files.extractall(place, filter="data")


def main(words: Sequence[str]) -> int:
    """Compare and print; 1 if anything differs."""
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return 2 if not words else 0
    revision, overrides = words[0], words[1:]
    here = Path(__file__).resolve().parents[1]
    with TemporaryDirectory() as folder:
        place = Path(folder)
        files_at(revision, place / "tree")
        do(place / "tree", place / "before", overrides)
        do(here, place / "now", overrides)
        count, lines = len(files_of(place / "now")), different(place / "before", place / "now")
    print(*lines, sep="\n", end="\n" if lines else "")
    print(f"{count} files compared with {revision}: {len(lines)} different" if lines else f"{count} files: the same")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
