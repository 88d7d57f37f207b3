# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Quick start
#
# countyfund simulates the resident health insurance fund of a Chinese county (城乡居民医保基金). It answers one question:
# what changes when the county pays its hospitals, township centres and village clinics otherwise?
#
# This notebook uses a small county, so that it runs in well under a minute. Small counties are noisy: read the intervals,
# not only the numbers. For real use leave out `population.residents` or set it to your county's size.

# %%
import matplotlib.pyplot as plt
import pandas as pd

from sim import ConfigError, compare, load_config, run, sweep

pd.options.display.float_format = "{:,.3f}".format
SMALL = ["population.residents=4000", "experiment.replications=4"]

# %% [markdown]
# ## A configuration
#
# `load_config` takes the same overrides as the command line. Every parameter has a unit, bounds and a source, listed in
# `docs/parameters.md`. A mistake is told with the value, the bounds and what to do.

# %%
config = load_config([*SMALL, "payment=package", "settlement=shared"])
print("scheme:", config.payment.scheme)
print("surplus kept:", config.settlement.retained_share, "- overrun borne:", config.settlement.overrun_share)
print("years:", config.years.history, "of history,", config.years.reform, "of reform")

# %%
try:
    load_config(["settlement.overrun_share=1.5"])
except ConfigError as mistake:
    print(mistake)

# %% [markdown]
# ## One run
#
# `run` simulates one configuration: history years under fee for service, then reform years under `payment`. The result
# is one tidy table, and its summary over replications with Monte Carlo standard errors (`se`). In a summary, year −1 is
# the mean over the reform years.

# %%
result = run(config)
result.outcomes.head()

# %%
wanted = ["fund_outgo_per_head", "surplus_rate", "own_payment_per_head", "in_county_episodes", "managed_share"]
summary = result.summary.query("year == -1 and group == 'all' and outcome in @wanted")
summary[["outcome", "unit", "n", "mean", "se", "low", "high"]]

# %% [markdown]
# ## A comparison
#
# `compare` plays the arms of a study on the same residents with the same luck. The study `payment_methods` has four:
# fee for service (the baseline), a package with own risk, DRG inside a package with a shared overrun, and DIP points.
# Each arm has a twin `…@off` in which nobody responds to money.

# %%
comparison = compare("payment_methods", SMALL)
list(comparison.outcomes["arm"].unique())

# %% [markdown]
# Differences to the baseline are *paired*: taken inside each replication and averaged after. `clear` says whether the
# 95 % interval leaves out zero.

# %%
rows = "year == -1 and group == 'all' and outcome in @wanted and not arm.str.endswith('@off')"
differences = comparison.differences.query(rows)
differences[["arm", "outcome", "unit", "difference", "se", "low", "high", "clear"]]

# %% [markdown]
# How much pairing helps: the standard error of the paired difference, beside that of two independent runs.

# %%
levels = comparison.summary.query("year == -1 and group == 'all' and outcome == 'own_payment_per_head'")
se = levels.set_index("arm")["se"]
paired = comparison.differences.query("year == -1 and group == 'all' and outcome == 'own_payment_per_head'")
errors = pd.DataFrame({"paired": paired.set_index("arm")["se"], "independent": (se**2 + se["ffs"] ** 2) ** 0.5})
errors.loc[["package", "drg_package", "dip"]]

# %% [markdown]
# ## A figure
#
# The accumulated balance of the fund, mean and 95 % interval over replications. The arms share their history years.

# %%
colours = {"ffs": "#555555", "package": "#1b6ca8", "drg_package": "#2e8b57", "dip": "#c26a1c"}
balance = comparison.summary.query("outcome == 'fund_accumulated' and group == 'all' and year >= 0")
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for arm, colour in colours.items():
    line = balance[balance["arm"] == arm]
    axes.plot(line["year"], line["mean"] / 1e6, color=colour, label=arm)
    axes.fill_between(line["year"], line["low"] / 1e6, line["high"] / 1e6, color=colour, alpha=0.12)
axes.axvline(config.years.history - 0.5, color="black", linewidth=0.8, linestyle=":")
axes.set(xlabel="year (the reform begins at the dotted line)", ylabel="million yuan",
         title="Accumulated fund balance, 4,000 residents")
axes.legend(frameon=False);

# %% [markdown]
# ## A sweep
#
# `sweep` plays every combination of several values, on common random numbers too. Here: who bears an overrun of the
# package, and how much of a surplus the community keeps.

# %%
grid = sweep(["payment=package", "settlement.retained_share=0,0.5,1", "settlement.overrun_share=0,0.5,1", *SMALL])
cells = grid.summary.query("year == -1 and group == 'all' and outcome == 'managed_share'")
cells.pivot(index="settlement.overrun_share", columns="settlement.retained_share", values="mean")

# %% [markdown]
# A community that keeps nothing and bears nothing has no reason to invest in chronic care; the more it keeps or bears,
# the larger the share of chronic conditions under management. How strong this answer is rests on assumed parameters
# (`response.*` in `docs/parameters.md`): vary them before you rely on it.
#
# Next: `README.md` for the command line, `docs/model.md` for the rules, `docs/outcomes.md` for all outcomes.
