"""Keys with a base year at the end of a name, as parameters of one base year were called: ``fund.realised_2019``.

In a run of that base year such a key sets the parameter (``fund.realised``); in a run of another year it sets nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sim.config.options import base_years

Model = type[BaseModel]


def plain_key(model: Model, key: str) -> tuple[str, int | None]:
    """A key without the base year in it, and that year; the unchanged key and None if it has no year.

    Args:
        model: of the whole configuration; its groups themselves have no years.
        key: dotted.
    """
    names, year, at = list[str](), None, model
    for depth, name in enumerate(key.split(".")):
        stem, name_year = _parted(at, name) if depth else (name, None)
        names.append(stem)
        year = name_year or year
        at = _inside(at, stem) or BaseModel
    return ".".join(names), year


def key_in_year(model: Model, key: str, year: int) -> str:
    """A key without this base year in it; unchanged if it has another year, or none."""
    plain, key_year = plain_key(model, key)
    return plain if key_year == year else key


def in_year(model: Model, values: Mapping[str, Any], year: int, *, others: bool = False) -> dict[str, Any]:
    """Values of a configuration by the names that they have in a base year.

    Args:
        model: of the whole configuration.
        values: by group and name, at any depth.
        year: the base year.
        others: keep values of other base years, under the names that they have; otherwise they are left out.
    """
    renamed = {}
    for group, value in values.items():
        inner = _inside(model, group)
        renamed[group] = _in_year(inner, value, year, others) if inner and isinstance(value, Mapping) else value
    return renamed


def set_in_year(model: Model, key: str, value: Any, year: int, *, others: bool = False) -> tuple[str, Any] | None:
    """Key and value of an override in a base year; None if the override belongs to another year.

    Args:
        model, year, others: as of `in_year`.
        key: dotted.
        value: what it sets, perhaps a table.
    """
    parts = key.split(".")
    rest = value
    for name in reversed(parts):
        rest = {name: rest}
    rest = in_year(model, rest, year, others=others)
    names = []
    for _ in parts:
        if not rest:
            return None
        ((name, rest),) = rest.items()
        names.append(name)
    return ".".join(names), rest


def _in_year(model: Model, values: Mapping[str, Any], year: int, others: bool) -> dict[str, Any]:
    renamed = {}
    for name, value in values.items():
        stem, name_year = _parted(model, name)
        called = stem if name_year == year and stem not in values else name
        if name_year in (None, year) or others:
            inner = _inside(model, stem)
            renamed[called] = _in_year(inner, value, year, others) if inner and isinstance(value, Mapping) else value
    return renamed


def _parted(model: Model, name: str) -> tuple[str, int | None]:
    """A name without the base year at its end, and the year; unchanged, and None, if no parameter has that name."""
    match = re.fullmatch(r"(\w+)_(\d{4})", str(name), re.ASCII)
    known = match and name not in model.model_fields and match[1] in model.model_fields
    return (match[1], int(match[2])) if match and known and int(match[2]) in base_years() else (name, None)


def _inside(model: Model, name: str) -> Model | None:
    """The model of a group of parameters; None for a single parameter, and for a payment scheme (one of several)."""
    field = model.model_fields.get(name)
    kind = field.annotation if field else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
