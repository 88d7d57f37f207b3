"""Payment schemes that other installed packages bring (entry points of the group ``countyfund.schemes``)."""

from __future__ import annotations

from sim.core.entry_points import Group
from sim.money.payment.scheme import Scheme


def _fault(scheme: Scheme) -> str:
    """Why a scheme cannot be used, as far as a look at it can tell; "" if nothing speaks against it."""
    field = scheme.config.model_fields.get("scheme")
    if field is None or field.default != scheme.name:
        return f"the default of `scheme` in its configuration must be its name, {scheme.name!r}"
    return ""


BROUGHT = Group("countyfund.schemes", Scheme, "a payment scheme", _fault)
