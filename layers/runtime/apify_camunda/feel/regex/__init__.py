"""The regular expressions of java.util.regex, matched in counted steps, so that each match ends."""

from apify_camunda.feel.regex.failure import PatternError
from apify_camunda.feel.regex.pattern import JavaPattern, Match, compile_java, pay_for_pattern

__all__ = ["JavaPattern", "Match", "PatternError", "compile_java", "pay_for_pattern"]
