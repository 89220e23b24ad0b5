"""Generates the element templates from the models that validate their inputs; installs and upgrades them."""
