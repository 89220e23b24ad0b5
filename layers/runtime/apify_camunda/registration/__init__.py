"""Keeps the webhooks at Apify as the deployed processes need them."""
