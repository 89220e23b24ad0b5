"""Operates a deployment: inspect webhooks, events and runs; replay, resolve, pause, remove."""
