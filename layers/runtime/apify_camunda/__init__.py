"""Apify connectors for Camunda 8, serverless."""

__version__ = "0.1.0"
