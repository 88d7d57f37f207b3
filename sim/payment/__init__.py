"""Payment schemes: the registry from a scheme's name to its functions, and the union of their parameter models.

Adding a scheme: its module, one line in `SCHEMES`, one member of `AnyConfig`, one YAML file, one file of worked cases.
"""

from __future__ import annotations

from types import ModuleType
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


def _scheme(module: ModuleType, has_budget: bool, label_en: str, label_zh: str) -> Scheme:
    """A scheme by the names that every module gives its functions."""
    return Scheme(
        module.__name__.rpartition(".")[2], module.Config, module.prepare, module.pay, module.incentives, has_budget,
        label_en, label_zh, getattr(module, "budgets", None), getattr(module, "listed", None),
        getattr(module, "ledgers", None), getattr(module, "reach", None),
    )  # fmt: skip


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        _scheme(ffs, False, "fee for service", "按项目付费"),
        _scheme(drg, False, "DRG", "按病组付费(DRG)"),
        _scheme(dip, False, "DIP points", "按病种分值付费(DIP)"),
        _scheme(package, True, "package", "总额打包付费"),
        _scheme(cap, False, "cap per institution", "机构总额控制"),
        _scheme(budget, False, "regional budget", "区域总额预算"),
        _scheme(per_diem, False, "per diem", "按床日付费"),
        _scheme(apg, False, "outpatient groups", "门诊病组付费(APG)"),
        _scheme(capitation, False, "outpatient capitation", "门诊按人头付费"),
        _scheme(composite, True, "composite", "多元复合式支付"),
        _scheme(weighted_capitation, True, "weighted capitation", "人头加权预算"),
        _scheme(signed_quota, True, "quota of signed residents", "签约居民按人头总额付费"),
    )
}
