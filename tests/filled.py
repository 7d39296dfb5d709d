"""The tables that imports fill, which a test empties to begin anew."""

from migrations.tables import metadata

_OF_THE_SCHEMA_AND_PEOPLE = {"units", "synonyms", "suppliers", "exchange_rates"}
FILLED = ", ".join(sorted(metadata.tables.keys() - _OF_THE_SCHEMA_AND_PEOPLE))
