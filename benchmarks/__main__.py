"""Speed and memory in one table.  Machines are noisy: read the ratios, which come from one run on one machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys

RESIDENTS = 100_000
YEARS = 8
LARGE = 1_000_000
CLAIMS = 10_000_000


def measured(*arguments: object) -> dict[str, float]:
    """Run one measurement in its own process."""
    command = [sys.executable, "-m", "benchmarks.measure", *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def line(what: str, value: str, aim: str = "") -> None:
    """One row of the table."""
    print(f"{what:<68}{value:>18}   {aim}", flush=True)


def main() -> None:
    """Measure and print."""
    threads = min(2, os.cpu_count() or 1)
    line("countyfund benchmarks", "measured", "aim")
    measured("kernel", 500, 2, 1)  # compile
    kernel = measured("kernel", RESIDENTS, YEARS, threads)
    what = f"kernel, resident-years/s ({RESIDENTS:,} residents, {YEARS} years, {threads} threads)"
    line(what, f"{kernel['rate']:,.0f}", "1,000,000")
    small = measured("kernel", 20_000, YEARS, threads)
    line("  the same, 20,000 residents", f"{small['rate']:,.0f}")
    floor = measured("floor", RESIDENTS, threads)
    line("floor: draws and transcendental functions alone, resident-years/s", f"{floor['rate']:,.0f}")
    line("  Philox blocks a resident-year", f"{floor['blocks']:.1f}")
    line("  exponentials a resident-year", f"{floor['exponentials']:.1f}")
    line("kernel's time ÷ floor's", f"{floor['rate'] / kernel['rate']:.1f}", "<= 3")
    reference = measured("reference", 2_000, 2, 1)
    line("SimPy reference, resident-years/s (2,000 residents, 2 years)", f"{reference['rate']:,.0f}")
    line("kernel ÷ reference", f"{kernel['rate'] / reference['rate']:,.0f}", ">= 200")
    short = measured("kernel", RESIDENTS, 4, 1)
    long = measured("kernel", RESIDENTS, 16, 1)
    line("peak memory, 100,000 residents, 4 years, MiB", f"{short['peak']:,.0f}")
    line("peak memory, 100,000 residents, 16 years, MiB", f"{long['peak']:,.0f}", "as with 4 years")
    large = measured("kernel", LARGE, YEARS, 1)
    line(f"{LARGE:,} residents x {YEARS} years, seconds on 1 thread", f"{large['seconds']:.1f}")
    line("  peak memory, MiB", f"{large['peak']:,.0f}", "< 4,096")
    pricing = measured("pricing", RESIDENTS)
    what = f"paying and settling a played year under one more method, ms (mean of {pricing['arms']:.0f})"
    line(what, f"{1000 * pricing['priced']:.0f}")
    line("  as a share of playing the year on 1 thread", f"{pricing['priced'] / pricing['played']:.1%}", "small")
    for form, name in (("csv", "CSV"), ("parquet", "Parquet")):
        settled = measured("settle", CLAIMS, form)
        line(f"settle: {CLAIMS:,} claims from {name} under DRG, seconds", f"{settled['seconds']:.1f}", "< 60")
        line("  peak memory, MiB", f"{settled['peak']:,.0f}", "< 4,096")


if __name__ == "__main__":
    main()
