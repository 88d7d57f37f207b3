"""A parameter in words: its unit, bounds, default and source, read off the model that declares it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.core.parameters import ByTier


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


def parameters_of(model: BaseModel, prefix: str, inherited: dict[str, Any] | None = None) -> Iterator[Parameter]:
    """Parameters of an instance of a model, by dotted keys that begin with ``prefix``."""
    for name, field in type(model).model_fields.items():
        yield from parameters_in(f"{prefix}.{name}", field, getattr(model, name), inherited or {})


def parameters_in(key: str, field: FieldInfo, default: Any, inherited: dict[str, Any]) -> Iterator[Parameter]:
    """One field: a parameter, or a model with parameters of its own."""
    extra = field.json_schema_extra
    described = {**inherited, **(extra if isinstance(extra, dict) else {})}
    if field.description:
        described["doc"] = field.description
    if isinstance(default, BaseModel):
        yield from parameters_of(default, key, described if isinstance(default, ByTier) else None)
        return
    yield Parameter(
        key=key,
        type=type_text(field.annotation),
        default=_plain(default),
        unit=str(described.get("unit", "")),
        bounds=_bounds([*field.metadata, *_element_metadata(field.annotation)]),
        source=str(described.get("source", "")),
        doc=str(described.get("doc", "")),
        zh=str(described.get("zh", "")),
    )
    record = _record(default, field.annotation)
    if record is not None:
        yield from parameters_of(record, f"{key}[]")


def _record(default: Any, annotation: Any) -> BaseModel | None:
    """The first record of a list of records; of an empty list, or of none, a record of its type."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(filter(None, (_record(default, choice) for choice in get_args(annotation))), None)
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
    metadata: list[Any] = []
    for argument in get_args(annotation):
        if get_origin(argument) is Annotated:
            for item in get_args(argument)[1:]:
                metadata.extend(item.metadata if isinstance(item, FieldInfo) else [item])
            break
    return metadata


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
