"""Where the files are that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""
CASES = ROOT / "tests" / "cases"
"""Worked cases, which a policy person can read."""
SAMPLE = ROOT / "sim" / "data"
"""The sample of `settle`, as it is shipped."""
