"""Lists that hold one value for each institution or community: a list of another length is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sim.core.errors import ConfigError
from sim.money.payment import cap, weighted_capitation


def check_lists(config: Any, institutions: int, communities: int, key: str = "payment") -> None:
    """Stop at a list whose length is not the number of its institutions or communities.

    Args:
        config: parameters of a scheme, and of those inside it.
        institutions: their number.
        communities: their number.
        key: what leads to the parameters.

    Raises:
        ConfigError: naming the list, its length and the one expected.
    """
    for path, values, count, of in _lists(config, institutions, communities, key):
        if len(values) not in (0, count):
            shown = ", ".join("null" if value is None else f"{value:g}" for value in values)
            raise ConfigError(
                f"the list needs one value for each {of}",
                where=path,
                value=f"{len(values)} values: [{shown}]",
                bound=f"{count} values",
                todo=f"give {count}, one for each {of} in order; write amounts without commas between "
                "the thousands: [5,000] is two values",
            )


def _lists(
    config: Any, institutions: int, communities: int, key: str
) -> Iterator[tuple[str, Sequence[float | None], int, str]]:
    """Every such list: where it is, its values, their number, and what each is for."""
    if isinstance(config, cap.Config):
        yield f"{key}.caps", config.caps, institutions, "institution"
    if isinstance(config, weighted_capitation.Config):
        yield f"{key}.scores", config.scores, communities, "community"
        for number, factor in enumerate(config.factors or ()):
            yield f"{key}.factors.{number}.index", factor.index, communities, "community"
    for name, value in vars(config).items():  # a look that does not count as reading (`sim.core.parameters.keys_read`)
        if "scheme" in getattr(type(value), "model_fields", {}):
            yield from _lists(value, institutions, communities, f"{key}.{name}")
