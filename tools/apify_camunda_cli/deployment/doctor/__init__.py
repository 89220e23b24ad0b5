"""Examines a deployment from the outside in; each finding comes with its remedy."""
