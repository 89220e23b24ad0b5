"""The order of effects of a delivery."""
