"""How each payment scheme is explained: from the bills asked for to what the fund owes for them, step by step."""

from __future__ import annotations

from sim.explain.payment import composite, package, signed_quota, weighted_capitation
from sim.explain.payment.inner import INSIDE
from sim.explain.payment.installed import Explanation, installed

EXPLANATIONS: dict[str, Explanation] = {name: Explanation(steps) for name, steps in INSIDE.items()} | {
    "package": Explanation(package.steps),
    "composite": Explanation(composite.steps),
    "weighted_capitation": Explanation(weighted_capitation.steps, weighted_capitation.budget_steps),
    "signed_quota": Explanation(signed_quota.steps, signed_quota.budget_steps),
}
"""By name of the scheme; a test holds that none of this package's schemes is missing."""


def explanation_of(scheme: str) -> Explanation:
    """How a scheme is explained, one of another installed package included.

    Raises:
        ConfigError: if that package does not explain its scheme, or its explanation cannot be used.
    """
    return EXPLANATIONS[scheme] if scheme in EXPLANATIONS else installed(scheme)
