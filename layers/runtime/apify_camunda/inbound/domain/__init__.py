"""Decisions about events and their effects; pure."""
