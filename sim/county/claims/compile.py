"""The configuration of claims and its tables as the arrays that compiled rules read."""

from __future__ import annotations

import numpy as np

from sim.core.errors import ConfigError
from sim.core.units import PPM, fen, ppm
from sim.county.claims.config import ClaimRules, Config
from sim.county.claims.groups import CONDITION_NAMES, inpatient_groups, outpatient_groups
from sim.tables import Floats, Ints


def _condition_groups(conditions: list[str], path: str) -> Ints:
    missing = [c for c in CONDITION_NAMES if c not in conditions]
    if missing:
        raise ConfigError(
            "the group table has no group for a chronic condition",
            where=path,
            value=missing[0],
            bound=f"each of {', '.join(CONDITION_NAMES)} needs one row",
            todo="add a row with this condition",
        )
    return np.array([conditions.index(c) for c in CONDITION_NAMES], dtype=np.int64)


def _cumulative(shares: Floats, path: str, what: str) -> Floats:
    totals = shares.sum(axis=-1, keepdims=True)
    if (totals <= 0).any():
        raise ConfigError(f"the shares of {what} sum to zero", where=path, todo="give at least one group a share")
    cumulative: Floats = np.cumsum(shares, axis=-1)
    return cumulative / cumulative[..., -1:]  # ends in exactly 1, so that rounding never picks a group without a share


def _by_severity(severities: Floats, factors: tuple[float, ...]) -> Floats:
    """[group, severity - 1] factors by severity whose mean over a group's cases is 1.

    >>> _by_severity(np.array([[0.5, 0.5, 0.0]]), (1.0, 3.0, 9.0))
    array([[0.5, 1.5, 4.5]])
    """
    means = severities @ np.array(factors)
    return np.array(factors) / np.where(means > 0.0, means, 1.0)[:, None]


def compile_rules(config: Config) -> ClaimRules:
    """The configuration and its tables as arrays."""
    stays = inpatient_groups(config.inpatient_groups)
    visits = outpatient_groups(config.outpatient_groups)
    by_age = np.array([g.shares for g in stays]).T
    men = by_age.copy()
    men[:, [g.name == "delivery" for g in stays]] = 0.0
    severities = np.array([g.severities for g in stays])
    lengths = np.array([g.length for g in stays])
    return ClaimRules(
        group_cumulative=_cumulative(np.stack([men, by_age]), config.inpatient_groups, "an age class"),
        severity_cumulative=np.cumsum(severities, axis=1)[:, :2].copy(),
        weight=np.array([g.weight / PPM for g in stays]),
        condition_group=_condition_groups([g.condition for g in stays], config.inpatient_groups),
        avoidable=np.array([g.avoidable for g in stays], dtype=np.int64),
        visit_group_cumulative=_cumulative(
            np.array([g.share for g in visits]), config.outpatient_groups, "acute needs"
        ),
        visit_condition_group=_condition_groups([g.condition for g in visits], config.outpatient_groups),
        visit_group_cost=np.array([g.cost / PPM for g in visits]),
        visit_charge=np.array(
            [[float(fen(v)) for v in c.values()] for c in (config.visit_charge, config.chronic_charge)]
        ),
        stay_charge=np.array([float(fen(v)) for v in config.stay_charge.values()]),
        stay_days=np.array(config.stay_days.values()),
        length=lengths[:, None] * _by_severity(severities, config.severity_days),
        severity_charge=_by_severity(severities, config.severity_charge),
        days_sigma=np.array([config.days_sigma if g.days_sigma is None else g.days_sigma for g in stays]),
        visit_sigma=config.visit_sigma,
        stay_sigma=np.array([config.stay_sigma if g.charge_sigma is None else g.charge_sigma for g in stays]),
        correlation=config.days_charge_correlation,
        covered=np.array([PPM - ppm(v) for v in config.non_catalogue.values()], dtype=np.int64),
        variable_cost=np.array([ppm(v) for v in config.variable_cost.values()], dtype=np.int64),
        step_down=config.step_down,
        step_down_tight=config.step_down_tight,
        step_down_days=config.step_down_days,
        step_down_at=config.step_down_at,
        step_down_charge=float(fen(config.step_down_charge)),
        return_probability=config.return_probability,
        return_intensity=config.return_intensity,
        referral_charge=config.referral_charge,
    )


def weights_ppm(config: Config) -> Ints:
    """[inpatient group] relative weights in ppm, for payment schemes."""
    return np.array([g.weight for g in inpatient_groups(config.inpatient_groups)], dtype=np.int64)


def visit_weights_ppm(config: Config) -> Ints:
    """[outpatient group] costs relative to the mean in ppm, for payment by outpatient groups."""
    return np.array([g.cost for g in outpatient_groups(config.outpatient_groups)], dtype=np.int64)
