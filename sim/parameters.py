"""How a parameter is declared: once, beside the rule that uses it, with unit, bounds, default and source.

The same declaration serves validation, the defaults of the Hydra groups, ``docs/parameters.md`` and the JSON schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Share = Annotated[float, Field(ge=0, le=1)]
Yuan = Annotated[float, Field(ge=0, le=1e9)]
"""An amount a head or a claim; times a share in parts per million it stays within 64 bits (see `sim.units.part`)."""
Rate = Annotated[float, Field(ge=0, le=1e3)]
Ratio = Annotated[float, Field(ge=0, le=10)]
"""What is 1 for the usual case; beyond these bounds it is a per cent or another unit, not a ratio."""
Real = Annotated[float, Field(ge=-1e3, le=1e3)]


class Config(BaseModel):
    """Base of all parameter models: unknown keys are errors, values are frozen, defaults are checked too."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


def param(
    default: Any,
    doc: str,
    *,
    unit: str,
    source: str,
    zh: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare one parameter.

    Args:
        default: value used when the user says nothing.
        doc: what it means, one sentence.
        unit: "yuan", "share", "per head and year", "days" ...; "" for names and switches.
        source: a citation key of ``docs/sources.md`` ("F5", "doc 004"), or "assumed: why", or "calibrated: to what".
        zh: Chinese term.
        ge, le, gt, lt: bounds.
    """
    if isinstance(default, dict):
        raise TypeError("give a model instance, not a dict")
    return Field(
        default,
        description=doc,
        ge=ge,
        le=le,
        gt=gt,
        lt=lt,
        json_schema_extra={"unit": unit, "source": source, "zh": zh},
    )


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


def by_tier(village: T, township: T, county: T, city: T, remote: T, kind: Any = float) -> ByTier[T]:
    """Short form for defaults; ``kind`` is the annotated element type, e.g. `Share`."""
    model: type[ByTier[T]] = ByTier[kind]
    return model(village=village, township=township, county=county, city=city, remote=remote)
