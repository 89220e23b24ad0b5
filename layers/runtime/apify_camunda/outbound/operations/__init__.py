"""The operations that a job can ask for."""
