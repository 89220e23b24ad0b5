"""What AWS and the process give: settings, tables, secrets, metrics, clock, HTTP client, Lambda events."""
