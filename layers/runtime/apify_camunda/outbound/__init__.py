"""Turns a job into an outcome: an operation at Apify, and its result."""
