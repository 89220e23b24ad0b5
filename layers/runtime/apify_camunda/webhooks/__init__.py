"""What Apify sends to our HTTP API: signature, admission, payload, event types."""
