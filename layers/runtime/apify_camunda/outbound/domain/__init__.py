"""Decisions about jobs, attempts and runs; pure."""
