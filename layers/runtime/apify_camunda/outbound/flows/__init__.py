"""The order of effects of a job."""
