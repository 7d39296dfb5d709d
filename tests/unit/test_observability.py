"""Lines of the log: JSON, whatever is in them."""

import json
import logging

import pytest

from quarry.observability import get_logger


@pytest.mark.parametrize("value", ["цемент", "half a \ud800 pair", 1 << 70, {"a": {1, 2}}, {1: 2}, float("nan")])
def test_whatever_is_logged_becomes_a_line_of_json(value):
    formatter = get_logger("tested").registered_formatter
    record = logging.LogRecord("quarry.tested", logging.INFO, __file__, 1, "said", (), None)
    record.value = value

    line = formatter.format(record)

    assert "\n" not in line
    fields = json.loads(line.encode())
    assert (fields["service"], fields["message"], "value" in fields) == ("tested", "said", True)
