"""Every parameter with its unit, bounds, default and source: for the documentation, and for error messages."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.config.dated import plain_key
from sim.config.model import PAYMENTS, SimConfig
from sim.core.parameters import ByTier
from sim.money.payment import SCHEMES


class Parameter(NamedTuple):
    """One parameter, as declared beside the rule that uses it."""

    key: str
    """Dotted key, as an override names it; ``[]`` stands for the position in a list of records."""
    type: str
    default: Any
    unit: str
    bounds: str
    """In words, "" when there are none."""
    source: str
    doc: str
    zh: str
    scheme: str = ""
    """Payment scheme that has this parameter, "" for all others."""


def describe_parameters() -> Iterator[Parameter]:
    """All parameters, in the order of `SimConfig`; those of payment schemes once, under ``payment``."""
    defaults = SimConfig()
    for name, field in SimConfig.model_fields.items():
        if name == "payment":
            for scheme, entry in SCHEMES.items():
                config = entry.config()
                for parameter in _walk(config, name):
                    yield parameter._replace(scheme=scheme)
        elif name != "current_payment":
            yield from _field(name, field, getattr(defaults, name), {})


def _walk(model: BaseModel, prefix: str, inherited: dict[str, Any] | None = None) -> Iterator[Parameter]:
    """Parameters of a model instance."""
    for name, field in type(model).model_fields.items():
        yield from _field(f"{prefix}.{name}", field, getattr(model, name), inherited or {})


def _field(key: str, field: FieldInfo, default: Any, inherited: dict[str, Any]) -> Iterator[Parameter]:
    """One field: a parameter, or a model with parameters of its own."""
    extra = field.json_schema_extra
    said = {**inherited, **(extra if isinstance(extra, dict) else {})}
    if field.description:
        said["doc"] = field.description
    if isinstance(default, BaseModel):
        yield from _walk(default, key, said if isinstance(default, ByTier) else None)
        return
    yield Parameter(
        key=key,
        type=type_text(field.annotation),
        default=_plain(default),
        unit=str(said.get("unit", "")),
        bounds=_bounds([*field.metadata, *_element_metadata(field.annotation)]),
        source=str(said.get("source", "")),
        doc=str(said.get("doc", "")),
        zh=str(said.get("zh", "")),
    )
    record = _record(default, field.annotation)
    if record is not None:
        yield from _walk(record, f"{key}[]")


def _record(default: Any, annotation: Any) -> BaseModel | None:
    """The first record of a list of records, or one of its kind."""
    if isinstance(default, tuple | list) and default and isinstance(default[0], BaseModel):
        return default[0]
    kinds = get_args(annotation) if get_origin(annotation) in (tuple, list) else ()
    return kinds[0]() if kinds and isinstance(kinds[0], type) and issubclass(kinds[0], BaseModel) else None


def _plain(value: Any) -> Any:
    """A default as JSON would hold it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple | list):
        return [_plain(element) for element in value]
    return value


def type_text(annotation: Any) -> str:
    """A type in words for people."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_text(arguments[0])
    if origin is Literal:
        return " or ".join(str(choice) for choice in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(kind for choice in arguments for kind in type_text(choice).split(" or ")))
    if origin in (tuple, list):
        inner = [a for a in arguments if a is not Ellipsis]
        kinds = sorted({type_text(a) for a in inner})
        count = "" if origin is list or Ellipsis in arguments else f"{len(inner)} "
        return f"list of {count}{' or '.join(kinds)}"
    if origin is dict:
        return f"table of {type_text(arguments[1])} by {type_text(arguments[0])}"
    names = {int: "whole number", float: "number", bool: "true or false", str: "text", type(None): "null"}
    if annotation in names:
        return names[annotation]
    return "record" if isinstance(annotation, type) and issubclass(annotation, BaseModel) else str(annotation)


def _element_metadata(annotation: Any) -> list[Any]:
    """Bounds of the elements of a list or of an optional value."""
    found: list[Any] = []
    for argument in get_args(annotation):
        if get_origin(argument) is Annotated:
            for item in get_args(argument)[1:]:
                found.extend(item.metadata if isinstance(item, FieldInfo) else [item])
            break
    return found


def _bounds(metadata: list[Any]) -> str:
    """Bounds in words."""
    limits = {
        name: getattr(item, name) for item in metadata for name in ("ge", "gt", "le", "lt") if hasattr(item, name)
    }
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    return bounds_text({words[name]: value for name, value in limits.items() if value is not None})


def bounds_text(limits: dict[str, Any]) -> str:
    """Bounds as one phrase.

    >>> bounds_text({"at least": 1, "at most": 2000000})
    'from 1 to 2,000,000'
    >>> bounds_text({"above": 0})
    'above 0'
    """
    if list(limits) == ["at least", "at most"]:
        return f"from {number(limits['at least'])} to {number(limits['at most'])}"
    return " and ".join(f"{word} {number(value)}" for word, value in limits.items())


def number(value: Any) -> str:
    """A number for people: thousands separated, no trailing zeros."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else f"{value:g}"


@cache
def parameter_table() -> dict[str, tuple[Parameter, ...]]:
    """Parameters by key; a key of ``payment`` may belong to several schemes.  ``current_payment`` has the same keys."""
    table: dict[str, tuple[Parameter, ...]] = {}
    for parameter in describe_parameters():
        names = PAYMENTS if parameter.scheme else (parameter.key.split(".")[0],)
        for name in names:
            key = ".".join([name, *parameter.key.split(".")[1:]])
            table[key] = (*table.get(key, ()), parameter._replace(key=key))
    return table


def find_parameter(key: str, scheme: str = "") -> Parameter | None:
    """The parameter with a dotted key.

    Positions in lists and a base year in the key are ignored, and ``within`` is a scheme inside a scheme.
    """
    key, _ = plain_key(SimConfig, key)
    parts = key.replace("payment.within.", "payment.").split(".")
    while parts:
        name = ".".join("[]" if part.isdigit() else part for part in parts).replace(".[]", "[]")
        for candidate in (name, name.removesuffix("[]")):
            found = parameter_table().get(candidate, ())
            for parameter in found:
                if not scheme or parameter.scheme in ("", scheme):
                    return parameter
        if not parts[-1].isdigit():
            return None
        parts.pop()
    return None
