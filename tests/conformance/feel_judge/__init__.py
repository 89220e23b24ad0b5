"""Holds our FEEL engine against Camunda's own, over generated expressions.

`python -m tests.conformance.feel_judge --forever` goes on until it is stopped; the test takes a fixed seed.
"""
