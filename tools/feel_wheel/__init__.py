"""Builds the expression language alone, as the wheel `camunda-feel`."""
