"""Turns a delivery into effects: messages and process instances in Camunda."""
