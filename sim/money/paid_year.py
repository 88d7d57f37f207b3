"""A year of one fund, paid and settled: the record that books, outcomes, a user's own claims and explanations share."""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.money.history import History, Known
from sim.money.settlement.config import Config
from sim.tables import Claims, Floats, FundYear, Payments, Providers, QuotaYear, Settlement, SurplusParts


class PaidYear(NamedTuple):
    """A year of one fund, paid and settled: what went in, what came of it.

    The one record of it for books, outcomes, a user's own claims and explanations.  A simulation keeps it until the
    next year is paid.
    """

    paid_by: Any
    """Configuration of the payment scheme in force."""
    terms: Config
    history: History
    """What was known of the past and of the year's persons."""
    claims: Claims
    """As the fund sees them: its own persons are the "residents" (`sim.closing.two_funds`)."""
    providers: Providers
    means: int
    """Fund money left for care, fen: budgets are held to it where `settlement.revenue_cap` says so."""
    quality: Floats | None
    """[community] assessment score 0..1; None: nobody is assessed, and it counts as 1."""
    known: Known
    """What distribution knew besides the claims."""
    prepared: Any
    """What the scheme prepared: rates, pools."""
    payments: Payments
    settled: Settlement
    """Zero communities where nobody holds a budget."""
    quota: QuotaYear | None = None
    """What was under a quota of signed residents and what beside it; None under other schemes."""
    measures: Floats | None = None
    """[community, indicator] what the assessment measured; None: scores are given, or nobody is assessed."""
    parts: SurplusParts | None = None
    """What the surplus is made of; None: nobody holds a budget of settlement, or it was not asked."""
    fund: FundYear | None = None
    """The fund's books of the year; None before it is booked.  Of a user's own claims only a ledger makes books,
    without income, of which the claims say nothing."""

    @property
    def books(self) -> FundYear:
        """The fund's books of a year that is booked.

        Raises:
            ValueError: for a year without books.
        """
        if self.fund is None:
            raise ValueError("this year has no books: it was not booked")
        return self.fund

    @property
    def receipts(self) -> int:
        """Fund money due for the claims, fen."""
        return int(self.payments.receipts.sum())

    @property
    def transfers(self) -> int:
        """What the fund pays the communities at the year's end, fen; negative: what they pay."""
        return int(self.settled.transfer.sum())

    @property
    def forfeited(self) -> int:
        """Quality deposits that are not given back, fen."""
        return int(self.settled.forfeited.sum())

    @property
    def spent(self) -> int:
        """All that the fund pays for care in the end, fen."""
        return self.receipts + self.transfers - self.forfeited

    @property
    def charged(self) -> str:
        """What budgets answer for: care of own ``residents``, or all that ``members`` are due."""
        return self.terms.charged if self.settled.budget.size else "residents"
