"""Payment schemes: the registry from a scheme's name to its functions, and the union of their parameter models.

Adding a scheme: its module, one line in `SCHEMES`, one member of `AnyConfig`, one YAML file, one file of worked cases.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.payment import (
    apg,
    budget,
    cap,
    capitation,
    composite,
    dip,
    drg,
    ffs,
    package,
    per_diem,
    signed_quota,
    weighted_capitation,
)
from sim.payment.contract import Scheme

AnyConfig = Annotated[
    ffs.Config
    | cap.Config
    | budget.Config
    | drg.Config
    | dip.Config
    | per_diem.Config
    | apg.Config
    | capitation.Config
    | package.Config
    | composite.Config
    | weighted_capitation.Config
    | signed_quota.Config,
    Field(discriminator="scheme"),
]
"""Type of `SimConfig.payment`: the model whose ``scheme`` is named."""

SCHEMES: dict[str, Scheme] = {
    "ffs": Scheme("ffs", ffs.Config, ffs.prepare, ffs.pay, ffs.incentives, False, "fee for service", "按项目付费"),
    "drg": Scheme("drg", drg.Config, drg.prepare, drg.pay, drg.incentives, False, "DRG", "按病组付费(DRG)"),
    "dip": Scheme("dip", dip.Config, dip.prepare, dip.pay, dip.incentives, False, "DIP points", "按病种分值付费(DIP)"),
    "package": Scheme(
        "package", package.Config, package.prepare, package.pay, package.incentives, True, "package", "总额打包付费"
    ),
    "cap": Scheme(
        "cap", cap.Config, cap.prepare, cap.pay, cap.incentives, False, "cap per institution", "机构总额控制"
    ),
    "budget": Scheme(
        "budget", budget.Config, budget.prepare, budget.pay, budget.incentives, False, "regional budget", "区域总额预算"
    ),
    "per_diem": Scheme(
        "per_diem", per_diem.Config, per_diem.prepare, per_diem.pay, per_diem.incentives, False,
        "per diem", "按床日付费",
    ),
    "apg": Scheme(
        "apg", apg.Config, apg.prepare, apg.pay, apg.incentives, False, "outpatient groups", "门诊病组付费(APG)"
    ),
    "capitation": Scheme(
        "capitation", capitation.Config, capitation.prepare, capitation.pay, capitation.incentives, False,
        "outpatient capitation", "门诊按人头付费",
    ),
    "composite": Scheme(
        "composite", composite.Config, composite.prepare, composite.pay, composite.incentives, True,
        "composite", "多元复合式支付",
    ),
    "weighted_capitation": Scheme(
        "weighted_capitation", weighted_capitation.Config, weighted_capitation.prepare, weighted_capitation.pay,
        weighted_capitation.incentives, True, "weighted capitation", "人头加权预算", weighted_capitation.budgets,
    ),
    "signed_quota": Scheme(
        "signed_quota", signed_quota.Config, signed_quota.prepare, signed_quota.pay, signed_quota.incentives, True,
        "quota of signed residents", "签约居民按人头总额付费", signed_quota.budgets,
    ),
}  # fmt: skip
