"""Keeps the tables of the guide in step with the models, the templates and the error codes."""
