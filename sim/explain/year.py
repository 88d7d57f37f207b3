"""The steps of a paid year: what the fund owes for bills, and what settlement makes of it, held against the books."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from sim.core.errors import IdentityError
from sim.core.text import Text
from sim.core.units import Money, part, ppm, yuan_text
from sim.explain import distribution
from sim.explain.explained_year import Year
from sim.explain.payment import EXPLANATIONS, explanation_of, schemes_of_others
from sim.explain.payment.asked import Asked
from sim.explain.payment.installed import wrong_amount
from sim.explain.settlement import (
    balance_step,
    budget_steps,
    contract_budget_step,
    returned_step,
    sharing_steps,
    turnover_steps,
)
from sim.explain.steps import Step, last_amount
from sim.money import settlement
from sim.tables import ContractYear, Ints, resident_rows


def asked_of(year: Year, rows: Ints) -> Asked:
    """Some claims of the year, to be explained by the scheme."""
    return Asked(
        year.paid.paid_by, year.paid.prepared, year.paid.history, year.paid.claims, rows, year.key, year.labels
    )


def payment_steps(year: Year, rows: Ints) -> list[Step]:
    """From the bills to what the fund owes for them, held against what was paid.

    Raises:
        ConfigError: if another package brings the scheme, or one inside it, and the steps come to another amount.
        IdentityError: if the steps of this program's own schemes do.
    """
    payment = year.paid.paid_by
    steps = explanation_of(payment.scheme).steps(asked_of(year, rows))
    paid = int(year.paid.payments.receipts[rows].sum())
    _same(last_amount(steps), paid, f"payment by {payment.scheme}", next(schemes_of_others(payment), None))
    return steps


def community_steps(year: Year, community: int) -> list[Step]:
    """From a community's budget to its transfer and who gets it, held against the settlement.

    Raises:
        IdentityError: if the steps come to another amount.
    """
    config, settled = year.paid.terms, year.paid.settled
    steps = _budget_steps(year, community)
    if settled.contract is not None:
        return [*steps, *_contract_steps(year, settled.contract, community, last_amount(steps))]
    budget = last_amount(steps)
    inside, outside = int(settled.in_network[community]), int(settled.out_of_network[community])
    steps.append(balance_step(budget, inside, outside, config.charged))
    balance, heads = last_amount(steps), int(year.paid.history.heads[community])
    steps += _assessment_steps(year, community)
    steps += sharing_steps(config, budget, balance, _score(year, community), heads)
    transfer = last_amount(steps)
    _same(transfer, int(settled.transfer[community]), "transfer")
    return [*steps, *_distribution_steps(year, community, transfer)]


def _distribution_steps(year: Year, community: int, transfer: int) -> list[Step]:
    """From the transfer to tiers and institutions, held against the settlement; the last amount is the transfer."""
    paid, settled = year.paid, year.paid.settled
    config = paid.terms
    work = settlement.work_in(config, paid.claims, paid.providers, paid.quality, paid.known)
    steps = distribution.distribution_steps(
        config, paid.providers, transfer, len(settled.budget), community, work, paid.known.years, year.labels.providers
    )
    _same(last_amount(steps), int(settled.distributed[community].sum()), "distribution")
    return [*steps, distribution.whole_step(config, transfer)] if config.pool_share else steps


def _assessment_steps(year: Year, community: int) -> list[Step]:
    """How a simulated year was assessed; nothing where scores are given or nobody is assessed.

    Raises:
        IdentityError: if the steps come to another score.
    """
    if year.paid.measures is None or year.paid.quality is None:
        return []
    years = year.paid.history.year - year.starts
    rules = year.paid.terms.assessment
    steps = distribution.assessment_steps(rules, year.paid.measures[community], years)
    if steps[-1].result != f"{_score(year, community):g}":
        raise IdentityError(
            "the steps of the assessment do not come to the score that was used",
            where="explain",
            value=steps[-1].result,
            bound=f"{_score(year, community):g}",
            todo="please report this",
        )
    return steps


def deposit_steps(year: Year, provider: int) -> list[Step]:
    """The quality deposit of an institution, held against the settlement; nothing where there is none.

    Raises:
        IdentityError: if the steps come to another amount.
    """
    settled, community = year.paid.settled, int(year.paid.providers.community[provider])
    if not settled.forfeited.size or community < 0:
        return []
    due = int(year.paid.payments.receipts[year.paid.claims.provider == provider].sum())
    steps = distribution.deposit_steps(year.paid.terms, due, _score(year, community))
    _same(last_amount(steps), int(settled.forfeited[provider]), "deposit")
    return steps


def _score(year: Year, community: int) -> float:
    return 1.0 if year.paid.quality is None else float(year.paid.quality[community])


def _contract_steps(year: Year, contract: ContractYear, community: int, capitation: int) -> list[Step]:
    """From the capitation through turnover and profit to the transfer."""
    config, settled, claims = year.paid.terms, year.paid.settled, year.paid.claims
    flows = int(contract.inflow[community]), int(contract.outflow[community]), int(contract.own_cost[community])
    heads = int(year.paid.history.heads[community])
    steps = _assessment_steps(year, community)
    steps += turnover_steps(config, capitation, flows, heads, _score(year, community))
    returned = last_amount(steps)
    _same(returned, int(contract.returned[community]), "returned profit")
    others = resident_rows(claims) & (claims.community == community) & (claims.home != community)
    inside, outside = int(settled.in_network[community]), int(settled.out_of_network[community])
    charged = part(flows[1], ppm(config.contract.outflow_share))
    for_outsiders = int(year.paid.payments.receipts[others].sum())
    steps.append(contract_budget_step(int(contract.turnover[community]), for_outsiders, outside, charged))
    budget = last_amount(steps)
    _same(budget, int(settled.budget[community]), "budget")
    steps.append(balance_step(budget, inside, outside))
    steps.append(returned_step(last_amount(steps), returned))
    transfer = last_amount(steps)
    _same(transfer, int(settled.transfer[community]), "transfer")
    return [*steps, *_distribution_steps(year, community, transfer)]


def _budget_steps(year: Year, community: int) -> list[Step]:
    """Settlement's budget or the scheme's own, held against the settlement."""
    config, history, settled = year.paid.terms, year.paid.history, year.paid.settled
    insured, scheme = int(history.heads.sum()), year.paid.paid_by.scheme
    budget_steps_of_scheme = explanation_of(scheme).budget_steps
    if budget_steps_of_scheme is None:
        steps, other = budget_steps(config, history, year.paid.means, insured, community), None
    else:
        base: Callable[[], Money] = partial(settlement.budget, config, history, year.paid.means, insured)
        receipts = np.where(resident_rows(year.paid.claims), year.paid.payments.receipts, 0)
        every = np.arange(len(year.paid.claims.cases))
        steps = budget_steps_of_scheme(asked_of(year, every), base, receipts, community)
        other = None if scheme in EXPLANATIONS else scheme
    if settled.contract is None:
        _same(last_amount(steps), int(settled.budget[community]), "budget", other)
    else:
        _same(last_amount(steps), int(settled.contract.capitation[community]), "capitation", other)
    return steps


def _same(explained: int, settled: int, what: str, other: str | None = None) -> None:
    """Stop if the steps come to another amount, fen.

    Args:
        explained: what the steps come to.
        settled: what was paid or settled.
        what: its name in the message.
        other: the scheme of another package that made the steps, None if this program did.

    Raises:
        ConfigError: naming the package of the other scheme.
        IdentityError: if the steps are this program's own.
    """
    if explained == settled:
        return
    if other is not None:
        raise wrong_amount(other, explained, settled)
    raise IdentityError(
        f"the steps of the {what} do not come to what was settled",
        where="explain",
        value=f"{yuan_text(explained)} yuan",
        bound=f"{yuan_text(settled)} yuan",
        todo="please report this",
    )


def community_label(year: Year, community: int) -> Text:
    """The name of a community for readers."""
    if community < len(year.labels.communities):
        return year.labels.communities[community]
    return Text(f"community {community}", f"医共体{community}")
