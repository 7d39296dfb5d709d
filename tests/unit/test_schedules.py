import re
from datetime import UTC, datetime

import pytest

from local.schedules import next_run

NOON = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(5 minutes)", datetime(2026, 11, 24, 12, 5, 30, tzinfo=UTC)),
        ("rate(1 hour)", datetime(2026, 11, 24, 13, 0, 30, tzinfo=UTC)),
        ("rate(1 day)", datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)),
        ("cron(30 1 * * ? *)", datetime(2026, 11, 25, 1, 30, tzinfo=UTC)),
        ("cron(0 6,18 * * ? *)", datetime(2026, 11, 24, 18, 0, tzinfo=UTC)),
        ("cron(0 0 1 * ? *)", datetime(2026, 12, 1, tzinfo=UTC)),
    ],
)
def test_the_next_run_is_the_first_time_that_fits(expression, due):
    assert next_run(expression, NOON) == due


@pytest.mark.parametrize("expression", ["daily", "rate(soon)", "cron(0 1 * * MON *)", "at(2026-12-01T00:00:00)"])
def test_an_expression_that_is_not_understood_is_refused(expression):
    with pytest.raises(ValueError, match=re.escape(expression)):
        next_run(expression, NOON)
