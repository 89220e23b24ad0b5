"""A function whose module cannot be loaded."""

import there_is_no_such_module  # noqa: F401  # that is the point
