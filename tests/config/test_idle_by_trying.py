"""Every setting is changed, and the run compared: what is named as idle changes nothing, what changes nothing is named.

`tests/config/test_idle_settings.py` names settings one by one; here they come from the configuration itself, so that a
new parameter, scheme or rule of settlement is tried without anybody thinking of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
import pytest
from pydantic import ValidationError

from sim import pipeline
from sim.config import SimConfig, load_config
from sim.core.errors import ConfigError
from sim.core.parameters import Config, keys_read
from sim.core.paths import conf_dir
from sim.experiment import replicate
from sim.money import settlement
from sim.money.payment import SCHEMES
from sim.money.response import Config as ResponseConfig
from sim.money.response import restraint, signals

TINY = ["population.residents=800", "years.warm_up=0", "years.history=2", "years.reform=2",
        "population.households_per_village=50", "population.villages_per_township=2",
        "response.optimism=20"]  # fmt: skip
LEVERS = ("payment", "settlement", "response")
"""Groups that act after the history, which all arms share."""
PAYMENTS = sorted(path.stem for path in (conf_dir() / "payment").glob("*.yaml"))
SETTLEMENTS = sorted(path.stem for path in (conf_dir() / "settlement").glob("*.yaml"))


class Played(NamedTuple):
    """What a configuration gave, and what was read of it."""

    rows: str
    ledger: tuple[bytes, ...]
    read: frozenset[str]

    def same(self, other: Played) -> bool:
        return self[:2] == other[:2]


@cache
def history() -> tuple[pipeline.Snapshot, frozenset[str]]:
    own = replicate._unread(load_config(TINY).model_dump_json())
    snapshot = pipeline.run_history(own, 0, ledgers=True)
    return snapshot, frozenset(keys_read(own))


def play(tree: dict[str, Any]) -> Played:
    """The reform years of a configuration, after the history that all have in common."""
    snapshot, earlier = history()
    own = replicate._unread(json.dumps(tree))
    (result,) = pipeline.run_reforms([pipeline.Arm("run", own, False)], snapshot)
    ledger = tuple(np.asarray(column).tobytes() for year in result.ledger for column in year.entries)
    return Played(repr(result.rows), ledger, earlier | result.read)


@cache
def text_of(*words: str) -> str:
    """A configuration as JSON."""
    return load_config([*TINY, *words]).model_dump_json()


def tree_of(*words: str) -> dict[str, Any]:
    """A configuration as plain data."""
    found: dict[str, Any] = json.loads(text_of(*words))
    return found


def parameters(config: Config, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Key, declaration and value of every parameter but the schemes' names."""
    for name, field in type(config).model_fields.items():
        value = vars(config)[name]
        if isinstance(value, Config):
            yield from parameters(value, f"{prefix}{name}.")
        elif name != "scheme":
            yield prefix + name, field, value


def others(field: Any, value: Any) -> list[Any]:
    """Other values for a parameter, most of which are valid."""
    kinds = get_args(field.annotation)
    if get_origin(field.annotation) is Literal:
        return [kind for kind in kinds if kind != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, tuple) and value and isinstance(value[0], int):
        return [[1, *value[1:]], [*value[:-1], 9]]
    if value is not None and not isinstance(value, int | float):
        return []
    numbers = [0.3, 2, 100, 0] if value is None else [value / 2, value * 1.5, value + 0.3, 2, 0, 1, 100]
    numbers = [round(n) for n in numbers] if int in kinds or isinstance(value, int) else numbers
    return [n for n in dict.fromkeys(numbers) if n != value] + [None] * (value is not None and type(None) in kinds)


def set_in(config: SimConfig, tree: dict[str, Any], key: str, value: Any) -> bool:
    """Give a parameter another value in the tree of a configuration; False if its group does not allow it."""
    group, *places, last = key.split(".")
    own = tree[group]
    for place in places:
        own = own[place]
    before, own[last] = own[last], value
    try:
        type(vars(config)[group]).model_validate(tree[group])
    except ValidationError:
        own[last] = before
        return False
    return True


def change(tree: dict[str, Any], looked: Collection[str]) -> tuple[dict[str, Any], set[str]]:
    """The same with other values of all the levers that nothing looked at, and their keys."""
    config = SimConfig.model_validate(tree)
    other, changed = json.loads(json.dumps(tree)), set()
    for key, field, value in parameters(config):
        mine = key.partition(".")[0] in LEVERS and not key.startswith("settlement.employee.") and key not in looked
        if mine and any(set_in(config, other, key, own) for own in others(field, value)):
            changed.add(key)
    return other, changed


def named(tree: dict[str, Any], without: Played) -> tuple[Played, set[str]]:
    """The run with other values of all levers but those that are looked at, now or then; and the keys of the others."""
    looked = set(without.read)
    while True:
        other, changed = change(tree, looked)
        played = play(other)
        if not changed & played.read:
            return played, changed
        looked |= played.read


@pytest.mark.parametrize("payment", PAYMENTS)
def test_settings_that_are_named_change_nothing_whatever_they_are(payment: str) -> None:
    """All that nothing looks at are changed at once, under each rule of settlement."""
    tree = tree_of(f"payment={payment}")
    budgets = SCHEMES[tree["payment"]["scheme"]].has_budget
    for rule in SETTLEMENTS if budgets else SETTLEMENTS[:1]:
        tree["settlement"] = tree_of(f"settlement={rule}")["settlement"]
        without = play(tree)
        played, changed = named(tree, without)
        assert len(changed) > 5
        assert played.same(without), f"{rule}: one of these acts, though nothing is said to look at it: {changed}"


def test_a_rule_that_looks_past_the_record_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: the integration of communities is taken from where reading is not noticed."""

    def blind(config: ResponseConfig) -> float:
        return float(vars(vars(config)["integration"])["tight"])

    for reader in (signals, restraint):
        monkeypatch.setattr(reader, "integration_scale", blind)
    tree = tree_of("payment=package", "settlement.revenue_cap=false")
    without = play(tree)
    played, changed = named(tree, without)
    assert "response.integration.tight" in changed
    assert not played.same(without)


# --- what changes nothing is named ------------------------------------------------------------------------------------
LUCK = {"review.quota", "review.above", "review.counted_by", "reward_share", "coefficient_of"}
"""Rules that are in force and meet no case of theirs in the tiny county: no stay far above its standard, two equal
communities, stays at one tier only."""
TRIED = [
    ("payment=drg",), ("payment=drg", "payment.form=points"), ("payment=apg", "payment.form=points"),
    ("payment=dip_full",), ("payment=per_diem",), ("payment=weighted_capitation",), ("payment=signed_quota",),
    ("payment=budget", "payment.base=last_year"),
]  # fmt: skip


def change_nothing(words: tuple[str, ...], start: str) -> set[str]:
    """Parameters, by the start of their keys, that are read, and of which no other value changes anything."""
    tree = tree_of(*words, "settlement.revenue_cap=false")
    config, without = SimConfig.model_validate(tree), play(tree)
    return {
        key.partition(".")[2].removeprefix("within.")
        for key, field, value in parameters(config)
        if key.startswith(start) and key in without.read and _idle(config, without, key, others(field, value))
    }


def _idle(config: SimConfig, without: Played, key: str, values: list[Any]) -> bool:
    """Whether other values are possible and none of them changes anything."""
    tried = False
    for value in values:
        tree = config.model_dump(mode="json")
        if not set_in(config, tree, key, value):
            continue
        try:
            if not play(tree).same(without):
                return False
        except ValidationError:  # of the whole
            continue
        except ConfigError:
            return False
        tried = True
    return tried


@pytest.mark.parametrize("words", TRIED, ids=" ".join)
def test_settings_of_a_payment_that_change_nothing_are_named(words: tuple[str, ...]) -> None:
    assert change_nothing(words, "payment.") <= LUCK


def test_settings_of_settlement_that_change_nothing_are_named() -> None:
    assert change_nothing(("payment=package", "settlement.base=last_year"), "settlement.") == set()


def test_a_rule_that_looks_without_need_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: how sure communities are of the year is asked, though the slope of a straight rule is known."""
    genuine = settlement.straight

    def curious(rule: Any) -> bool:
        return bool(rule.planning_sd) and genuine(rule)

    monkeypatch.setattr(settlement, "straight", curious)
    assert change_nothing(("payment=package",), "settlement.planning_sd") == {"planning_sd"}
