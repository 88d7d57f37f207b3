"""Care seeking: whether and where, referral, and the rules of queues."""

from sim.care.capacity import book_day, quoted_days
from sim.care.choice import NONE, choose, own_price
from sim.care.config import CareRules, Config, compile_rules

__all__ = ["NONE", "CareRules", "Config", "book_day", "choose", "compile_rules", "own_price", "quoted_days"]
