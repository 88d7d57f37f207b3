"""The groups of ``conf/`` and their options, those of its files and those that follow from the code."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sim.core.paths import conf_dir, option_names
from sim.money.payment.installed import BROUGHT
from sim.money.response import switched_off


@cache
def groups() -> dict[str, list[str]]:
    """Groups of ``conf/`` with their options; ``current_payment`` has those of ``payment``."""
    by_group = {group.name: option_names(group.name) for group in conf_dir().iterdir() if group.is_dir()}
    for name, options in made_options().items():
        by_group[name] = sorted({*by_group[name], *options})
    by_group["payment"] = sorted({*by_group["payment"], *(scheme.name for scheme in BROUGHT.installed)})
    by_group["current_payment"] = by_group["payment"]
    return {name: options for name, options in by_group.items() if options}


def made_options() -> dict[str, dict[str, dict[str, Any]]]:
    """Values of the options that have no file: by group, by option, by parameter of the group."""
    return {"response": {"off": switched_off()}}


@cache
def base_years() -> tuple[int, ...]:
    """The base years that can be run: those with a file in ``conf/base_year/``."""
    return tuple(int(name) for name in option_names("base_year") if re.fullmatch("[0-9]{4}", name))
