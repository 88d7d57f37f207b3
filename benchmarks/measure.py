"""One measurement in a process of its own, so that peak memory belongs to it alone.  Prints one line of JSON.

python -m benchmarks.measure kernel 100000 8 2      engine, residents, years, threads
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

from benchmarks.floor import floor_seconds, work_of
from sim import pipeline
from sim.config import SimConfig, load_config
from sim.core.randomness import Key
from sim.money import response


def config_of(engine: str, residents: int, years: int) -> SimConfig:
    """The default county with so many residents and years, half of them history."""
    history = max(1, years // 2)
    return load_config(
        [
            f"engine={engine}",
            f"population.residents={residents}",
            f"years.history={history}",
            f"years.reform={max(1, years - history)}",
            "years.warm_up=0",
            "payment=package",
        ]
    )


def one_run(config: SimConfig, replication: int) -> None:
    """History and reform through payment, settlement, fund and outcomes."""
    snapshot = pipeline.run_history(config, replication)
    pipeline.run_reforms([pipeline.Arm("package", config, False)], snapshot)


def peak_mebibytes() -> float:
    """Largest resident size of this process so far, MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1024 if sys.platform != "darwin" else size / 1024**2


def measure(engine: str, residents: int, years: int, threads: int) -> dict[str, float]:
    """Warm up on a small county, then run one replication on each thread."""
    one_run(config_of(engine, 500, 2), 0)
    config = config_of(engine, residents, years)
    before = peak_mebibytes()
    started = perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda replication: one_run(config, replication), range(threads)))
    seconds = perf_counter() - started
    played = config.years.history + config.years.reform
    return {
        "residents": residents,
        "years": played,
        "threads": threads,
        "seconds": seconds,
        "rate": residents * played * threads / seconds,
        "peak": peak_mebibytes(),
        "before": before,
    }


def floor(residents: int, threads: int) -> dict[str, float]:
    """Resident-years a second of draws and functions alone, and of the kernel's year itself, in this process."""
    config = config_of("kernel", residents, 2)
    snapshot = pipeline.run_history(config, 0)
    policy = response.neutral(config.providers.communities)
    work = work_of(pipeline.play(snapshot.engine, policy, config, 1))
    persons = len(snapshot.engine.world.residents)
    with ThreadPoolExecutor(threads) as pool:
        seconds = max(pool.map(lambda k: floor_seconds(work, Key(1, k)), range(threads)))
    return {
        "rate": persons * threads / seconds,
        "blocks": work.blocks / persons,
        "exponentials": work.exponentials / persons,
        "normals": work.normals / persons,
    }


def pricing(residents: int) -> dict[str, float]:
    """Seconds to play a reform year, and to pay and settle its claims under one more method, mean over all of them."""
    from sim.closing.arm import history_of
    from sim.closing.two_funds import enrolment_of
    from sim.core.paths import conf_dir
    from sim.money import fund
    from sim.money.history import insured_of, signed_roll
    from sim.money.paying import pay_and_settle

    config = load_config([f"population.residents={residents}", "years.history=1", "years.reform=1"])
    snapshot = pipeline.run_history(config, 0)
    engine = snapshot.engine.fork(pipeline.rule_configs(config))
    started = perf_counter()
    flows = pipeline.play(engine, response.neutral(config.providers.communities), config, 1)
    played = perf_counter() - started
    ages = insured_of(flows.population, config.providers.communities).ages
    roll = signed_roll(flows.population)
    arms = [
        load_config([f"payment={option}"]) for option in sorted(p.stem for p in (conf_dir() / "payment").glob("*.yaml"))
    ]
    means = fund.available(config.fund, 1, enrolment_of(flows.population))
    started = perf_counter()
    for arm in arms:
        history = history_of(arm, arm.payment, snapshot.books, 1, ages, roll)
        pay_and_settle(arm.payment, arm.settlement, history, flows.claims, engine.world.providers, means)
    return {"played": played, "priced": (perf_counter() - started) / len(arms), "arms": len(arms)}


def settle(rows: int, form: str) -> dict[str, float]:
    """Seconds to read, check, price and settle a file of so many claims, which a process of its own has written."""
    from sim.settle.command import settle as settle_files

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code = "import sys, pathlib; from benchmarks.claims_file import write_files as write; "
        code += "write(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])"
        subprocess.run([sys.executable, "-c", code, name, str(rows), form], check=True)
        words = [f"{file}={folder / file}.csv" for file in ("providers", "groups", "enrolment")]
        words.append(f"claims={folder / f'claims.{form}'}")
        started = perf_counter()
        settle_files([*words, f"out={folder / 'out'}", "payment=drg", "payment.rate=6000", "payment.coefficient=1"])
        return {"seconds": perf_counter() - started, "peak": peak_mebibytes()}


def main(arguments: list[str]) -> None:
    """Measure what the arguments say."""
    if arguments[0] == "floor":
        result = floor(int(arguments[1]), int(arguments[2]))
    elif arguments[0] == "pricing":
        result = pricing(int(arguments[1]))
    elif arguments[0] == "settle":
        result = settle(int(arguments[1]), arguments[2])
    else:
        result = measure(arguments[0], *(int(text) for text in arguments[1:4]))
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
