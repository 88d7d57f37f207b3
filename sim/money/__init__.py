"""Rules on a year's money: payment, settlement, fund, ledger, and how providers answer."""
