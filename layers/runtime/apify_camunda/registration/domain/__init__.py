"""Decisions about deployed elements and webhooks; pure."""
