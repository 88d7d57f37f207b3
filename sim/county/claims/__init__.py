"""What is billed: case group, length of stay, charge, catalogue part, and the provider's cost."""

from sim.county.claims.compile import compile_rules, visit_weights_ppm, weights_ppm
from sim.county.claims.config import ClaimRules, Config
from sim.county.claims.groups import find_table, group_codes, inpatient_groups, outpatient_groups
from sim.county.claims.rules import (
    age_class,
    pick,
    severity_of,
    stay_charge,
    stay_length,
    variable_cost,
    visit_charge,
    visit_noise,
)

__all__ = [
    "ClaimRules",
    "Config",
    "age_class",
    "compile_rules",
    "find_table",
    "group_codes",
    "inpatient_groups",
    "outpatient_groups",
    "pick",
    "severity_of",
    "stay_charge",
    "stay_length",
    "variable_cost",
    "visit_charge",
    "visit_noise",
    "visit_weights_ppm",
    "weights_ppm",
]
