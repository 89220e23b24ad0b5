"""The tables of Unicode's scripts and blocks are what their generator makes of a JDK."""

from pathlib import Path

import pytest
from apify_camunda.feel.regex import unicode_tables
from real_engines.unicode_tables import generated, jdk_of_the_tables, rows_of

from tests.engines.availability import available_or_skip

COMMITTED = Path(unicode_tables.__file__).read_text(encoding="utf-8")


@pytest.mark.engine
def test_the_tables_are_generated() -> None:
    """The committed module equals what `python -m real_engines.unicode_tables` writes."""
    jdk = available_or_skip(jdk_of_the_tables)

    assert generated(COMMITTED, rows_of(jdk)) == COMMITTED


def test_other_rows_make_another_module() -> None:
    """Each table gets the rows of its kind; the script of unassigned code points is left out."""
    made = generated(
        COMMITTED, ["SCRIPT LATIN/LATN 41-5a", "SCRIPT UNKNOWN/ZZZZ 378", "BLOCK BASICLATIN 0-7f"]
    )

    assert 'SCRIPTS: Final = """\nLATIN/LATN 41-5a\n"""' in made
    assert 'BLOCKS: Final = """\nBASICLATIN 0-7f\n"""' in made


def test_a_module_without_tables_is_refused() -> None:
    """A file that is not the module of the tables is not overwritten."""
    with pytest.raises(ValueError, match="0 tables of the name SCRIPTS"):
        generated("", [])
