"""The records that stages hand to each other: columnar tables and their code lists.

Stages never import each other; they meet here.  All money columns are int64 fen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim.core.text import Text

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# --- code lists and what their codes are called: index = code --------------------------------------------------------
TIERS = ("village", "township", "county", "city", "remote")
"""Tier of provider.  ``city`` (in the pool, out of the county) and ``remote`` (out of the pool) are *outside*."""
VILLAGE, TOWNSHIP, COUNTY, CITY, REMOTE = range(5)
TIER_NAMES = (
    Text("village clinic", "村卫生室"),
    Text("township centre", "乡镇卫生院"),
    Text("county hospital", "县级医院"),
    Text("city hospital", "市级医院"),
    Text("out of the pool", "统筹区外"),
)
"""One institution of a tier."""
TIER_PLURALS = (*(name + Text("s", "") for name in TIER_NAMES[:REMOTE]), TIER_NAMES[REMOTE])
"""All institutions of a tier."""
TIER_LEVELS = tuple(map(Text, TIERS, ("村级", "乡级", "县级", "市级", "统筹区外")))
"""A tier as a level, in English its code."""

CATEGORIES = ("outpatient", "chronic", "inpatient")
"""Category of claim."""
OUTPATIENT, CHRONIC, INPATIENT = range(3)
CATEGORY_NAMES = (
    Text("ordinary outpatient", "普通门诊"),
    Text("chronic outpatient", "门诊慢特病"),
    Text("inpatient", "住院"),
)
CATEGORY_SHORT = tuple(Text(code, name.zh) for code, name in zip(CATEGORIES, CATEGORY_NAMES, strict=True))
"""A category in few words, in English its code."""

INSURANCES = ("none", "resident", "employee")
"""Insurance of a person; the simulated fund is the resident one."""
UNINSURED, RESIDENT_INSURED, EMPLOYEE_INSURED = range(3)
INSURANCE_NAMES = tuple(map(Text, INSURANCES, ("未参保", "居民医保", "职工医保")))

NO_COMMUNITY = -1
UNKNOWN = -1
"""Value of `Claims.signed` where claims and a signed list do not name persons, and of what else files do not say."""
REFERRED_UP, STEPPED_DOWN = 1, 2
"""Values of `Claims.referred`: came by referral up; recovery of a patient sent down from a higher tier, which is the
second part of an episode and counted with its first."""
BENEFIT_LEVELS = tuple(2.0 ** (k / 8) for k in range(-16, 17))
"""Levels of deductibles and limits against charges, as multiples of a year's own, at which is known what the fund would
have paid of the year's bills (`sim.county.leverage`); between them it is taken as a straight line."""
HYPERTENSION, DIABETES, COPD, VASCULAR = range(4)
CONDITIONS = ("hypertension", "diabetes", "copd", "vascular")
"""Chronic conditions; bit masks of persons are over them."""
QUINTILES = 5
OLDEST = 119
"""Last age in years that is told apart."""
CHILD_BELOW, OLD_FROM = 15, 65
"""Years of age: children are below the one, the elderly not below the other, as the census bands them."""


class Providers(NamedTuple):
    """Institutions; index = provider number.  Villages come first, then townships, county hospitals, city, remote."""

    tier: Ints
    """Tier code."""
    community: Ints
    """Medical community (医共体) the institution is a member of, or NO_COMMUNITY."""
    beds: Ints
    """Beds; outside hospitals have practically unlimited ones."""
    slots: Ints
    """Outpatient visits an institution can take a day."""
    capability: Ints
    """Highest severity (1 mild, 2 moderate, 3 severe) it can treat as an inpatient; 0 = no beds."""
    parent: Ints = np.zeros(0, dtype=np.int64)
    """Number of the institution above it in its community, -1 for none; empty: not known (`settlement.tree`)."""


class Claims(NamedTuple):
    """Claims of one year, one row a claim or (outpatients, unless single claims are asked for) a count of cases.

    Money columns are sums over ``cases``.  For every row: charge = statutory + catastrophic + assistance + patient.
    """

    cases: Ints
    """Number of cases in the row; 1 for every inpatient row."""
    year: Ints
    month: Ints
    """Month 0..11; -1 in rows that sum over a year."""
    day: Ints
    """Day of the year 0..364 on which the claim is closed (a visit's day, a stay's discharge); -1 in summed rows."""
    resident: Ints
    """Key of the person; -1 in rows that sum over persons."""
    provider: Ints
    tier: Ints
    community: Ints
    """Community of the provider."""
    home: Ints
    """Community that answers for the person, hence bears the cost in a package."""
    insurance: Ints
    category: Ints
    group: Ints
    """Case group: index into the inpatient or outpatient group table."""
    severity: Ints
    """1..3; 0 in rows that sum over cases."""
    referred: Ints
    """REFERRED_UP, STEPPED_DOWN, or 0 = came directly."""
    days: Ints
    """Inpatient days (rounded up), summed over cases."""
    wait: Ints
    """Minutes waited for the bed or slot, summed."""
    charge: Ints
    covered: Ints
    """Part of the charge within the insurance catalogue (目录内)."""
    statutory: Ints
    """Paid by the basic insurance fund by the benefit rules."""
    catastrophic: Ints
    """Paid by catastrophic insurance (大病保险)."""
    assistance: Ints
    """Paid by medical assistance (医疗救助)."""
    patient: Ints
    cost: Ints
    """The provider's variable cost."""
    signed: Ints
    """1 = the person was signed with a family doctor when the claim closed, 0 = not, UNKNOWN = nobody said."""
    admitted: Ints
    """Tier where the episode began: where a patient who was stepped down was admitted, else ``tier``; UNKNOWN = nobody
    said."""


MONEY_COLUMNS = ("charge", "covered", "statutory", "catastrophic", "assistance", "patient", "cost")


def empty_claims() -> Claims:
    """A claims table without rows."""
    return Claims(*(np.zeros(0, dtype=np.int64) for _ in Claims._fields))


def concat_claims(parts: list[Claims]) -> Claims:
    """Stack claims tables."""
    if not parts:
        return empty_claims()
    return Claims(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def resident_rows(claims: Claims) -> Mask:
    """Rows the simulated fund pays: those of the resident insurance."""
    return np.equal(claims.insurance, RESIDENT_INSURED)


def first_parts(claims: Claims) -> Mask:
    """Rows that begin an inpatient episode: all stays but the recovery of who was stepped down."""
    return np.equal(claims.category, INPATIENT) & np.not_equal(claims.referred, STEPPED_DOWN)


def borne_rows(claims: Claims) -> Mask:
    """Rows of which the simulated fund bears a part by the benefit; a reversal (冲正) counts as its bill."""
    return resident_rows(claims) & np.not_equal(claims.statutory, 0)


def select_claims(claims: Claims, keep: npt.NDArray[np.bool_]) -> Claims:
    """Rows where ``keep`` is true."""
    return Claims(*(column[keep] for column in claims))


# --- what an engine counts besides claims ----------------------------------------------------------------------------
PROVIDER_COUNTERS = (
    "visits",  # outpatient and chronic visits made
    "admissions",  # stays begun
    "bed_minutes",  # minutes of occupied beds
    "wait_minutes",  # minutes waited by those served
    "waited",  # served after a wait
    "overflow",  # turned away: quoted wait above patience, or patience ran out in the queue
    "referred_up",  # sent to a higher tier
    "referred_down",  # received from a higher tier to recover
    "metres",  # travel of patients who came, one way, metres
    "young_old_visits",  # the visits among them of children below CHILD_BELOW and of persons of OLD_FROM and over
)
"""Columns of the int64 array ``flows[provider, counter]`` of one year."""

COUNTY_COUNTERS = (
    "needs",  # outpatient needs that arose
    "needs_inpatient",  # needs of admission that arose
    "forgone_choice",  # outpatient need, the person chose no care
    "forgone_capacity",  # need left after every provider was full
    "forgone_inpatient",  # needed admission, not admitted for either reason
    "absorbed",  # need arising while in a bed or waiting: treated with it
    "avoidable",  # admissions for a chronic condition that good primary care avoids
    "readmissions",  # unplanned return within 30 days of discharge
)
"""Columns of the int64 array ``county[quintile, counter]`` of one year; quintile of household income per head."""


class Population(NamedTuple):
    """Year-end view of the persons alive at the year's start; index = row, any order."""

    key: Ints
    household: Ints
    """Household number, 0-based."""
    quintile: Ints
    """Income quintile 0 (poorest) .. 4."""
    rank: Floats
    """Fractional income rank in (0, 1)."""
    income: Ints
    """Yearly disposable income per head of the household, fen."""
    age: Ints
    sex: Ints
    insurance: Ints
    community: Ints
    """Community that answers for the person."""
    away: Ints
    """1 = works away from the county; seeks care outside only."""
    chronic: Ints
    """Bit mask of chronic conditions."""
    diagnosed: Ints
    managed: Ints
    signed: Ints
    """Years since signing with a family doctor team, 0 = not signed at the year's end."""
    charge: Ints
    """Charges of the year."""
    patient: Ints
    """Own payments of the year."""
    food: Ints
    """Household subsistence spending per head, fen."""
    living: Ints
    """Household's usual spending per head on all but care, food included, fen."""
    statutory: Ints
    """Fund money used in the year, fen."""
    statutory_visits: Ints
    """The part of it for outpatient and chronic visits."""
    statutory_chronic: Ints
    """The part of it for chronic visits."""
    charge_visits: Ints
    """The part of ``charge`` for outpatient and chronic visits."""
    signed_month: Ints
    """Month 0..11 in which a contract of the year begins (signed 1) or has lapsed (signed 0, 0 = none)."""
    village: Ints
    """Village of residence, which need not be one of the community that answers for the person."""
    charge_before: Ints
    """Charges of the year before; -1 for who was not there."""
    stay_charge_before: Ints
    """The part of it for stays."""


class Flows(NamedTuple):
    """What an engine returns for one year."""

    claims: Claims
    provider: Ints
    """[provider, PROVIDER_COUNTERS]"""
    county: Ints
    """[quintile, COUNTY_COUNTERS]"""
    population: Population
    open_stays: Ints
    """[tier, (patients in a bed, patients waiting, accrued charge in fen)] at the year's end: incurred, not settled."""
    settled: Ints = np.zeros((3, 3, 2), dtype=np.int64)
    """[insurance, category, (cases, charge in fen)] of claims of which the fund paid something: what national series of
    visits with benefit (待遇人次) count."""
    billed: Ints = np.zeros((12, 0, 3, 2), dtype=np.int64)
    """[month 0..11, provider, insurance, (charge, statutory part) in fen] of all claims closed in the month."""
    beds: Floats = np.zeros(0)
    """[provider] beds of the year for the residents that are simulated; empty: those the institution has."""
    needs: float = 1.0
    """Needs of admission to expect of the residents by their ages, relative to the first year's."""
    income: float = 1.0
    """Income of the year relative to its trend."""
    deaths: int = -1
    """Persons who died since the year before; -1: nobody could, as it is the first year."""


# --- money ----------------------------------------------------------------------------------------------------------
class QuotaYear(NamedTuple):
    """The two ledgers of a year with a quota of signed residents, fund money in fen: under the quota, and beside it."""

    quota: Ints
    """[community]"""
    charged: Ints
    """[community] for its signed residents in range, wherever they were treated."""
    outside: Ints
    """[community] for its other residents, and for signed ones out of range."""
    provider: Ints
    """[provider, (under the quota, beside it)] receipts of the institution for residents of any community."""


class ContractYear(NamedTuple):
    """A year under a contract on turnover; index = community, fen."""

    capitation: Ints
    inflow: Ints
    """Regional cost of outsiders' care by members."""
    outflow: Ints
    """Regional cost of own residents' care elsewhere."""
    own_cost: Ints
    """Cost of the members' care."""
    turnover: Ints
    profit: Ints
    kept: Ints
    """Part of the profit that the community keeps, or of a loss that it bears."""
    returned: Ints
    """profit - kept: goes back to the fund."""


class Settlement(NamedTuple):
    """Year-end truth of the communities; index = community.  Zero rows when nobody holds a budget."""

    budget: Ints
    """Budget of the year after risk reserve and catastrophic premium."""
    in_network: Ints
    """Fund money due to member institutions under the scheme."""
    out_of_network: Ints
    """Fund money due to others for the community's residents: money follows the patient."""
    balance: Ints
    """budget - in_network - out_of_network: surplus when positive, overrun when negative."""
    transfer: Ints
    """Paid by the fund to the community on top of receipts: its share of a surplus, minus its share of an overrun."""
    distributed: Ints
    """[community, tier]: how a positive transfer is split among tiers (or a negative one borne)."""
    contract: ContractYear | None = None
    """Under a contract on turnover: how the transfer was found."""
    score: Floats = np.zeros(0)
    """[community] assessment score 0..1 that was used; empty: not assessed, all count as 1."""
    pool: Ints = np.zeros(0, dtype=np.int64)
    """[community] put into its construction pool (医共体建设资金池) before distribution; empty: no pool."""
    pooled: Ints = np.zeros(0, dtype=np.int64)
    """[community] balance of the pool at the year's end."""
    units: Ints = np.zeros(0, dtype=np.int64)
    """[provider] the transfer less the pool by institution; ``distributed`` is its sum by tier."""
    unit_score: Floats = np.zeros(0)
    """[provider] score by the level above, where the score tree distributes; empty: no tree."""
    forfeited: Ints = np.zeros(0, dtype=np.int64)
    """[provider] quality deposit not given back; empty: no deposit.  Also where nobody holds a budget."""
    capped: bool = False
    """Every budget is what the fund's income allows, less than its own base gives."""


class SurplusParts(NamedTuple):
    """What a surplus is made of (`sim.money.settlement.parts`); [community], fen."""

    revenue_cap: Ints
    indexing: Ints
    base: Ints
    method: Ints
    unforeseen: Ints


class ScoredPay(NamedTuple):
    """Pay and subsidy that scores scale (A6); [tier], fen; not fund money."""

    performance: Ints
    director: Ints
    subsidy: Ints


class Payments(NamedTuple):
    """What a scheme pays for a year's claims."""

    receipts: Ints
    """Per claim row: fund money the provider is due (0 for rows not of resident insurance)."""
    point_value: float
    """Yuan a point (DIP) or a unit of weight (DRG); nan when the scheme has none."""


class FundYear(NamedTuple):
    """A fund's books of one year, fen."""

    income_individual: int
    income_fiscal: int
    interest: int
    receipts: int
    """Paid to providers for claims."""
    transfers: int
    """Net settlement transfers to communities."""
    premium: int
    """Premium of catastrophic insurance."""
    reserve: int
    """Put into the risk reserve (negative: drawn)."""
    signing: int
    """Insurance part of family doctor signing fees."""
    outgo: int
    """receipts + transfers + premium + signing + rewards - forfeited."""
    balance: int
    """income - outgo of the year."""
    accumulated: int
    """Accumulated balance at year end, risk reserve included."""
    rewards: int = 0
    """Renewal and family rewards for family doctor contracts, outside every budget."""
    forfeited: int = 0
    """Quality deposits of institutions that were not given back."""
