"""Dates, times and durations as in Camunda's engine.

Years run from -999,999,999 to 999,999,999, times have nanoseconds, and offsets and zones are kept apart. None
is null throughout; TemporalFailure is raised where Camunda's engine ends the evaluation instead.
"""

from apify_camunda.feel.temporal.arithmetic import absolute, add, divide, multiply, negate, subtract
from apify_camunda.feel.temporal.calendar_functions import (
    day_of_week,
    day_of_year,
    last_day_of_month,
    month_of_year,
    week_of_year,
    years_and_months_between,
)
from apify_camunda.feel.temporal.comparison import compare, equals
from apify_camunda.feel.temporal.construction import (
    combine,
    date_from_parts,
    time_from_parts,
    to_date,
    to_time,
    zone_of,
)
from apify_camunda.feel.temporal.failure import TemporalFailure
from apify_camunda.feel.temporal.parsing import (
    form_of_date_time,
    form_of_time,
    parse_date,
    parse_date_time,
    parse_date_time_argument,
    parse_duration,
    parse_temporal,
    parse_time,
)
from apify_camunda.feel.temporal.properties import MISSING, is_temporal, properties_of, property_of
from apify_camunda.feel.temporal.values import (
    Date,
    DayTimeDuration,
    LocalDateTime,
    LocalTime,
    Offset,
    Temporal,
    YearMonthDuration,
    ZonedDateTime,
    ZonedTime,
    to_java_text,
)

__all__ = [
    "MISSING",
    "Date",
    "DayTimeDuration",
    "LocalDateTime",
    "LocalTime",
    "Offset",
    "Temporal",
    "TemporalFailure",
    "YearMonthDuration",
    "ZonedDateTime",
    "ZonedTime",
    "absolute",
    "add",
    "combine",
    "compare",
    "date_from_parts",
    "day_of_week",
    "day_of_year",
    "divide",
    "equals",
    "form_of_date_time",
    "form_of_time",
    "is_temporal",
    "last_day_of_month",
    "month_of_year",
    "multiply",
    "negate",
    "parse_date",
    "parse_date_time",
    "parse_date_time_argument",
    "parse_duration",
    "parse_temporal",
    "parse_time",
    "properties_of",
    "property_of",
    "subtract",
    "time_from_parts",
    "to_date",
    "to_java_text",
    "to_time",
    "week_of_year",
    "years_and_months_between",
    "zone_of",
]
