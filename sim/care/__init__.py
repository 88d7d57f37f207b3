"""Care seeking: whether and where, referral, and the rules of queues."""

from sim.care.capacity import book_day, quoted_days
from sim.care.choice import NONE, appeal, choose, place_utility, price_response
from sim.care.config import CareRules, Config, compile_rules

__all__ = [
    "NONE",
    "CareRules",
    "Config",
    "appeal",
    "book_day",
    "choose",
    "compile_rules",
    "place_utility",
    "price_response",
    "quoted_days",
]
