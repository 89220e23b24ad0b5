"""The order of effects of a reconciliation."""
