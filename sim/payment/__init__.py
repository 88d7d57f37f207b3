"""Payment schemes: the registry from a scheme's name to its functions, and the union of their parameter models.

Adding a scheme: its module, one line in `SCHEMES`, one member of `AnyConfig`, one YAML file, one file of worked cases.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from sim.errors import IdentityError
from sim.handover import resident_rows
from sim.payment import dip, drg, ffs, package
from sim.payment.contract import Scheme
from sim.tables import Claims, Payments

AnyConfig = Annotated[ffs.Config | drg.Config | dip.Config | package.Config, Field(discriminator="scheme")]
"""Type of `SimConfig.payment`: the model whose ``scheme`` is named."""

SCHEMES: dict[str, Scheme] = {
    "ffs": Scheme("ffs", ffs.Config, ffs.prepare, ffs.pay, ffs.incentives, False, "fee for service", "按项目付费"),
    "drg": Scheme("drg", drg.Config, drg.prepare, drg.pay, drg.incentives, False, "DRG", "按病组付费(DRG)"),
    "dip": Scheme("dip", dip.Config, dip.prepare, dip.pay, dip.incentives, False, "DIP points", "按病种分值付费(DIP)"),
    "package": Scheme(
        "package", package.Config, package.prepare, package.pay, package.incentives, True, "package", "总额打包付费"
    ),
}


def check_payments(payments: Payments, claims: Claims) -> None:
    """The fund pays nothing for rows of other insurances; one receipt a row.

    Raises:
        IdentityError: with the first offending row.
    """
    if len(payments.receipts) != len(claims.cases):
        raise IdentityError(
            "payment must give one receipt per claim row", value=len(payments.receipts), bound=str(len(claims.cases))
        )
    wrong = np.flatnonzero(~resident_rows(claims) & (payments.receipts != 0))
    if len(wrong):
        raise IdentityError(
            "the resident fund paid for a claim that is not of the resident insurance",
            where=f"claim row {int(wrong[0])}", value=int(payments.receipts[wrong[0]]), bound="0",
        )  # fmt: skip
