"""What held when the program was attacked, kept: any pair of payment and settlement, any configuration within bounds,
any zone, locale and order of hashes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import run
from sim.config import SimConfig, describe_parameters, load_config
from sim.core.errors import ConfigError
from sim.core.paths import conf_dir
from tests.processes import finished

SMALL = ("population.residents=300", "experiment.replications=1", "years.history=1", "years.reform=1")


def options(group: str) -> list[str]:
    """The options of a group of ``conf/``."""
    return sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))


@cache
def composed(group: str, option: str) -> SimConfig:
    """A small county under one option; each is composed once, which takes longer than to run it."""
    return load_config([*SMALL, f"{group}={option}"])


@pytest.mark.parametrize("settlement", options("settlement"))
@pytest.mark.parametrize("payment", options("payment"))
def test_every_settlement_goes_with_every_payment(payment: str, settlement: str):
    """Identities are checked to the fen in every run; one that breaks ends it."""
    other = composed("settlement", settlement).settlement
    outcomes = run(composed("payment", payment).model_copy(update={"settlement": other})).outcomes
    outgo = outcomes[outcomes["outcome"] == "fund_outgo"]
    assert len(outgo)
    assert outgo["value"].notna().all()


@pytest.mark.parametrize(("payment", "settlement"), [*zip(options("payment"), cycle(options("settlement")))])
def test_a_pair_put_together_is_the_pair_composed(payment: str, settlement: str):
    other = composed("settlement", settlement).settlement
    pair = load_config([*SMALL, f"payment={payment}", f"settlement={settlement}"])
    assert composed("payment", payment).model_copy(update={"settlement": other}) == pair


FIXED = ("population.residents", "years.", "experiment.", "executor.", "output.", "seed")
NUMBERS = {
    parameter.key: parameter
    for parameter in describe_parameters()
    if isinstance(parameter.default, int | float)
    and "[]" not in parameter.key
    and not parameter.scheme
    and not parameter.key.startswith(FIXED)
}


def values(key: str) -> st.SearchStrategy[float | bool | int]:
    """The default, what lies about it, and both bounds."""
    default = NUMBERS[key].default
    if isinstance(default, bool):
        return st.booleans()
    words = NUMBERS[key].bounds.replace(",", "").split()
    ends = [float(word) for word in words if word.lstrip("-").replace(".", "", 1).isdigit()]
    whole = isinstance(default, int)
    near = [default, default * 2, 0, 1, *([] if whole else [default / 2, 0.5]), *(end for end in ends if end < 1e4)]
    return st.sampled_from([int(value) if whole else float(value) for value in near])


CHOICES = [
    (f"payment={payment}", f"settlement={settlement}", f"base_year={year}")
    for payment, settlement, year in zip(options("payment"), cycle(options("settlement")), cycle(options("base_year")))
]
"""Every option, once or more; of all pairs see above."""


@st.composite
def overrides(draw: st.DrawFn) -> list[str]:
    keys = draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, max_size=5, unique=True))
    return [*draw(st.sampled_from(CHOICES)), *(f"{key}={draw(values(key))}".lower() for key in keys)]


@given(words=overrides())
def test_any_configuration_within_bounds_runs_and_balances_or_is_refused_in_words(words: list[str]):
    with contextlib.suppress(ConfigError):  # two settings that contradict each other; anything else is a fault
        run([*SMALL, *words])


def test_zones_locales_and_hashes_change_no_byte(tmp_path: Path):
    """A run and a settlement, in two places."""
    places = {
        "shanghai": {"TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
        "new_york": {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONIOENCODING": "ascii"},
    }
    found = []
    assert finished([sys.executable, "-m", "sim", "template", "sample", "out=sample"], tmp_path).returncode == 0
    files = [f"{name}=sample/{name}.csv" for name in ("claims", "providers", "groups", "enrolment", "history")]
    for place, environment in places.items():
        words = [*SMALL, "payment=drg_package", f"output.dir={place}", "output.claims=true", "output.report=false"]
        own = {**os.environ, **environment}
        done = finished([sys.executable, "-m", "sim", "run", *words], tmp_path, env=own)
        assert done.returncode == 0, done.stderr
        settle = [sys.executable, "-m", "sim", "settle", *files, "payment=dip,package", f"out=settled_{place}"]
        done = finished(settle, tmp_path, env=own)
        assert done.returncode == 0, done.stderr
        run_files = json.loads((tmp_path / place / "manifest.json").read_text(encoding="utf-8"))["files"]
        settled = tmp_path / f"settled_{place}"
        found.append((run_files, [(settled / name).read_bytes() for name in ("fund.csv", "providers.csv")]))
    assert found[0] == found[1]
