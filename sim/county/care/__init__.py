"""Care seeking: whether and where, referral, and the rules of queues."""

from sim.county.care.capacity import book_day, quoted_days
from sim.county.care.choice import NONE, away_weight, choose, place_weight, price_weight, wait_weight
from sim.county.care.config import CareRules, Config, compile_rules

__all__ = [
    "NONE",
    "CareRules",
    "Config",
    "away_weight",
    "book_day",
    "choose",
    "compile_rules",
    "place_weight",
    "price_weight",
    "quoted_days",
    "wait_weight",
]
