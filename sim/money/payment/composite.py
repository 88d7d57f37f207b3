"""Composite payment (多元复合式支付): a method for each class of service, all rolled up to one head-count budget.

    class        claims                                              default method
    outpatient   ordinary visits                                     outpatient capitation
    chronic      visits with the chronic or special benefit          outpatient capitation
    inpatient    stays                                               DRG
    long_stay    stays of the groups `long_groups`                   per diem
    -            stays of the groups `ffs_groups`, hard to group     fee for service (A26)

Classes with equal parameters are paid together, so a composite of one method is that method.  Each method sees only the
claims of its classes, in the year and in history.  The budget and its settlement are the package's.
Source: A14, A26 (docs 002 and 001).
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.core import parameters
from sim.core.errors import ConfigError
from sim.core.parameters import param
from sim.core.text import Text
from sim.money.history import History, Incentives
from sim.money.payment import capitation, drg, ffs, inner, per_diem
from sim.money.payment.inner import Inner
from sim.money.payment.scheme import Scheme
from sim.tables import CATEGORIES, INPATIENT, Claims, Ints, Mask, Payments, Providers, select_claims

CLASSES = (*CATEGORIES, "long_stay", "hard_to_group")
LONG_STAY, HARD_TO_GROUP = len(CATEGORIES), len(CATEGORIES) + 1


class Config(parameters.Config):
    """Parameters of composite payment."""

    scheme: Literal["composite"] = param("composite", unit="", zh="多元复合式支付")
    """Payment scheme: composite.
    Source: A14, doc 002"""
    outpatient: Inner = param(capitation.Config(), unit="", zh="普通门诊支付方式")
    """Method for ordinary outpatient visits.
    Source: A14: outpatient by head"""
    chronic: Inner = param(capitation.Config(), unit="", zh="门诊慢特病支付方式")
    """Method for visits with the chronic benefit.
    Source: A14: outpatient by head"""
    inpatient: Inner = param(drg.Config(), unit="", zh="普通住院支付方式")
    """Method for stays.
    Source: A14: ordinary stays by DRG or DIP"""
    long_stay: Inner = param(per_diem.Config(), unit="", zh="长期住院支付方式")
    """Method for long stays.
    Source: A14: by day"""
    long_groups: tuple[int, ...] = param((), unit="", zh="长期住院病组")
    """Inpatient case groups that are paid as long stays.
    Source: assumed: none of the default table; A14: long and chronic stays"""
    ffs_groups: tuple[int, ...] = param((), unit="", zh="难以分组病例")
    """Inpatient case groups that are hard to group and paid fee for service.
    Source: assumed: none of the default table; A26"""


class Method(NamedTuple):
    """One method and the classes it pays."""

    config: Any
    classes: tuple[int, ...]
    prepared: Any = None


def class_of(config: Config, claims: Claims) -> Ints:
    """Class of each row, an index into `CLASSES`."""
    stay = np.equal(claims.category, INPATIENT)
    result = claims.category.copy()
    result[stay & np.isin(claims.group, config.long_groups)] = LONG_STAY
    result[stay & np.isin(claims.group, config.ffs_groups)] = HARD_TO_GROUP
    return result


def methods(config: Config) -> list[Method]:
    """Methods in force, each with all classes that have exactly its parameters."""
    configs = [getattr(config, name) for name in CLASSES[:HARD_TO_GROUP]] + [ffs.Config()]
    used = [*range(LONG_STAY)]
    used += [LONG_STAY] * bool(config.long_groups) + [HARD_TO_GROUP] * bool(config.ffs_groups)
    in_force: list[Method] = []
    for number in used:
        if all(number not in method.classes for method in in_force):
            alike = tuple(k for k in used if parameters.alike(configs[k], configs[number]))
            in_force.append(Method(configs[number], alike))
    return in_force


def _check_groups(config: Config, count: int) -> None:
    """Each group that is named must be one of ``count`` case groups, and of one class."""
    for name in ("long_groups", "ffs_groups"):
        for group in getattr(config, name):
            if not 0 <= group < count:
                raise ConfigError(
                    "there is no such case group",
                    where=f"{{at}}.{name}",
                    value=group,
                    bound=f"0..{count - 1}",
                    todo="give numbers of rows of the table of groups, from 0",
                )
    both = sorted({*config.long_groups} & {*config.ffs_groups})
    if both:
        raise ConfigError(
            "a case group is paid either by day or as billed",
            where="{at}.ffs_groups",
            value=both[0],
            bound="none of {at}.long_groups",
            todo="leave it in one of the two",
        )


def rows_of_method(config: Config, method: Method, claims: Claims) -> Mask:
    """Rows of the classes that a method pays."""
    return np.isin(class_of(config, claims), method.classes)


def key_of_method(method: Method) -> str:
    """The parameter that holds a method; the first of several classes with equal ones."""
    return CLASSES[method.classes[0]]


def prepare(config: Config, history: History) -> list[Method]:
    """Prepare each method on the history of its own classes.

    Raises:
        ConfigError: if a group of a class is none, or is in two, or whatever a method finds.
    """
    _check_groups(config, len(history.weights))
    prepared = []
    for method in methods(config):
        closed = tuple(
            year._replace(claims=select_claims(year.claims, rows_of_method(config, method, year.claims)))
            for year in history.closed
        )
        prepared.append(
            method._replace(
                prepared=inner.prepare(method.config, history._replace(closed=closed), key_of_method(method))
            )
        )
    return prepared


def pay(config: Config, prepared: list[Method], claims: Claims, providers: Providers) -> Payments:
    """Credit every row by the method of its class; ``point_value`` is that of ordinary stays."""
    receipts, value = np.zeros(len(claims.cases), dtype=np.int64), math.nan
    for method in prepared:
        rows = rows_of_method(config, method, claims)
        paid = inner.pay(method.config, method.prepared, select_claims(claims, rows), providers)
        receipts[rows] = paid.receipts
        if INPATIENT in method.classes:
            value = paid.point_value
    return Payments(receipts, value)


def incentives(config: Config, history: History) -> Incentives:
    """By category, the incentives of the method that pays it; for stays, of the method of ordinary stays."""
    return inner.by_category([inner.incentives(getattr(config, name), history) for name in CATEGORIES])


SCHEME = Scheme(
    name="composite",
    label=Text("composite", "多元复合式支付"),
    config=Config,
    prepare=prepare,
    pay=pay,
    incentives=incentives,
    has_budget=True,
)
