"""How a parameter is declared: once, beside the rule that uses it, with unit, bounds, default and source.

The same declaration serves validation, the defaults of the Hydra groups, ``docs/parameters.md`` and the JSON schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PrivateAttr
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

T = TypeVar("T")

Share = Annotated[float, Field(ge=0, le=1)]
Yuan = Annotated[float, Field(ge=0, le=1e9)]
"""An amount a head or a claim; times a share in parts per million it stays within 64 bits (`sim.core.units.part`)."""
Rate = Annotated[float, Field(ge=0, le=1e3)]
Ratio = Annotated[float, Field(ge=0, le=10)]
"""What is 1 for the usual case; beyond these bounds it is a per cent or another unit, not a ratio."""
Real = Annotated[float, Field(ge=-1e3, le=1e3)]


class _Reads:
    """Which parameters of a model were read; it plays no part when configurations are compared."""

    def __init__(self, names: set[str] | None = None, replaced: frozenset[str] = frozenset()) -> None:
        self.names = set() if names is None else names
        self.replaced = replaced
        """Parameters that a copy has from elsewhere: reading them says nothing of the user's."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reads)

    def __hash__(self) -> int:
        return 0


class Config(BaseModel):
    """Base of all parameter models: unknown keys are errors, values are frozen, defaults are checked too.

    Each instance remembers which of its parameters were read, so that a setting which nothing looks at can be named
    (`keys_read`).  Dumping, comparing and validating are no reading; a copy and its original remember together.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False, use_attribute_docstrings=True
    )

    _reads: _Reads = PrivateAttr(default_factory=_Reads)

    if not TYPE_CHECKING:

        def __getattribute__(self, name, get=object.__getattribute__):
            if name[0] != "_" and (private := get(self, "__pydantic_private__")):
                reads = private["_reads"]
                if name not in reads.replaced:
                    reads.names.add(name)
            return get(self, name)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Part each text under a parameter once pydantic has found it, before anything is built of it."""
        for name, field in cls.__pydantic_fields__.items():
            if isinstance(field.json_schema_extra, dict) and "unit" in field.json_schema_extra:
                _tell_source(f"{cls.__name__}.{name}", field, field.json_schema_extra)
        return handler(source)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values; reading one of these is not reading the original's."""
        copy = super().model_copy(update=update, deep=deep)
        plain = {name for name, value in (update or {}).items() if not isinstance(value, Config)}
        copy._reads = _Reads(self._reads.names, self._reads.replaced | plain)
        return copy


def keys_read(config: Config, prefix: str = "") -> Iterator[str]:
    """Dotted keys of the parameters that were read since the configuration was made, or since `forget_reads`."""
    for name, value in config.__dict__.items():
        if isinstance(value, Config):
            yield from keys_read(value, f"{prefix}{name}.")
        elif name in config._reads.names:
            yield prefix + name


def forget_reads(config: Config) -> None:
    """Begin anew: what was read before now, such as by validation, does not count."""
    config._reads.names.clear()
    for value in config.__dict__.values():
        if isinstance(value, Config):
            forget_reads(value)


def switches_as_numbers(given: Any, read: Any, key: str = "") -> Iterator[tuple[str, bool]]:
    """Dotted keys, and the switch given, where pydantic read true or false as the number 1 or 0.

    >>> list(switches_as_numbers({"a": [1, True], "b": True}, {"a": (1, 1), "b": True}))
    [('a.1', True)]
    """
    if isinstance(given, bool):
        if isinstance(read, int | float) and not isinstance(read, bool):
            yield key, given
        return
    pairs: Iterable[tuple[Any, Any, Any]] = ()
    if isinstance(given, Mapping) and isinstance(read, tuple) and len(read) == 1:  # one may stand for a list of one
        read = read[0]
    if isinstance(given, Mapping):
        fields = read.__dict__ if isinstance(read, BaseModel) else read if isinstance(read, Mapping) else {}
        pairs = ((name, value, fields.get(name)) for name, value in given.items())
    elif isinstance(given, list | tuple) and isinstance(read, list | tuple):
        pairs = ((place, *pair) for place, pair in enumerate(zip(given, read, strict=False)))
    for name, value, value_read in pairs:
        yield from switches_as_numbers(value, value_read, f"{key}.{name}" if key else str(name))


def alike(first: Config, second: Config) -> bool:
    """Whether two models have the same parameters.  Those in which they differ count as read: they decide it."""
    if first == second:
        return True
    if type(first) is type(second):
        for name in type(first).model_fields:
            value, other = first.__dict__[name], second.__dict__[name]
            if isinstance(value, Config) and isinstance(other, Config):
                alike(value, other)
            elif value != other:
                first._reads.names.add(name)
                second._reads.names.add(name)
    return False


def param(
    default: Any,
    *,
    unit: str,
    zh: str = "",
    text: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare one parameter; what it means and where its value is from stand in the text under it.

    The text is a sentence, then a line that begins with "Source: " and gives a citation key of ``docs/sources.md``
    ("F5", "doc 004"), or "assumed: why", or "calibrated: to what".  A class without either is refused.

    Args:
        default: value used when the user says nothing.
        unit: "yuan", "share", "per head and year", "days" ...; "" for names and switches.
        zh: Chinese term.
        text: what else would stand under it, where a class is made and no file with its code can be read.
        ge, le, gt, lt: bounds.

    Raises:
        TypeError: if the default is a dict, which would be shared and not checked.

    >>> class Speed(Config):
    ...     speed: float = param(0.5, unit="share", ge=0, text="Part of the way made each year. Source: assumed: half")
    >>> Speed.model_fields["speed"].description
    'Part of the way made each year.'
    """
    if isinstance(default, dict):
        raise TypeError("give a model instance, not a dict")
    return Field(
        default,
        description=text or None,
        ge=ge,
        le=le,
        gt=gt,
        lt=lt,
        json_schema_extra={"unit": unit, "source": "", "zh": zh},
    )


def _tell_source(name: str, field: FieldInfo, extra: dict[str, Any]) -> None:
    """Part the text under a parameter into its sentence and its source."""
    sentence, _, source = (field.description or "").partition("Source: ")
    field.description = " ".join(sentence.split())
    extra["source"] = extra["source"] or " ".join(source.split())
    if not field.description or not extra["source"]:
        raise TypeError(f"{name}: say under the parameter what it means, and on a line of its own 'Source: ...'")


class ByTier(Config, Generic[T]):
    """One value for each tier of provider, in the order of `sim.tables.TIERS`."""

    village: T
    township: T
    county: T
    city: T
    remote: T

    def values(self) -> list[T]:
        """The five values in tier order."""
        return [self.village, self.township, self.county, self.city, self.remote]

    def unread(self, tier: int) -> list[T]:
        """The values up to a tier, in tier order, for a table; a value counts as read only once `look` says so."""
        return list(vars(self).values())[: tier + 1]

    def look(self, tiers: Iterable[int]) -> None:
        """Count the values of these tiers as read: they act, in a table that was made of `unread` values."""
        names = list(vars(self))
        self._reads.names.update(names[tier] for tier in set(tiers))


def by_tier(village: T, township: T, county: T, city: T, remote: T, kind: Any = float) -> ByTier[T]:
    """Short form for defaults; ``kind`` is the annotated element type, e.g. `Share`."""
    model: type[ByTier[T]] = ByTier[kind]
    return model(village=village, township=township, county=county, city=city, remote=remote)
