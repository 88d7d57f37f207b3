"""Pricing and settling a user's own claims, without simulating: read, check, price, settle, state, explain."""
