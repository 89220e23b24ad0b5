"""Holds our FEEL engine against Camunda's own, over generated expressions and changed ones.

`python -m tests.conformance.feel_judge --forever` goes on until it is stopped; the tests take fixed seeds.
"""
