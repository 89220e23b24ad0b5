"""A client of Apify's API: its model, its port, HTTP, and the mapping of its errors."""
