"""The columns that statements name, and the lengths that values are made to fit, are those of the schema."""

from typing import Any

import pytest
from sqlalchemy import String

from migrations.tables import metadata
from quarry.repositories import column_limits
from quarry.repositories.linked_rows import INCOMING, MATERIAL
from quarry.repositories.postgresql import processing_sql, repeated_rows


@pytest.mark.parametrize(
    ("table", "named", "given_by_postgresql"),
    [
        ("processing_results", repeated_rows.RECORD_COLUMNS, set()),
        ("pricelists", processing_sql._HEADER, {"id", "same_as"}),
    ],
)
def test_a_statement_names_every_column(table, named, given_by_postgresql):
    assert set(named) == set(metadata.tables[table].columns.keys()) - given_by_postgresql


@pytest.mark.parametrize(("table", "named"), [("materials", MATERIAL), ("raw_products", INCOMING)])
def test_a_statement_names_columns_that_are_there(table, named):
    assert set(named) <= set(metadata.tables[table].columns.keys())


@pytest.mark.parametrize(
    ("table", "column", "length"),
    [
        ("materials", "name", column_limits.NAME),
        ("raw_products", "name", column_limits.OFFER_NAME),
        ("raw_products", "sku", column_limits.SKU),
        ("raw_products", "unit", column_limits.UNIT),
        ("materials", "use_category", column_limits.CATEGORY),
        ("raw_products", "category", column_limits.CATEGORY),
    ],
)
def test_a_value_is_cut_to_its_column(table, column, length):
    kind: Any = metadata.tables[table].columns[column].type
    assert isinstance(kind, String)
    assert kind.length == length
