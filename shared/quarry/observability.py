"""What every function reports of itself: JSON logs, each line with the request's id, and CloudWatch metrics."""

import json
import logging
import os
import sys
import time
from typing import Any

import orjson
from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers

# Powertools' own variable. Each stack has a namespace, so that its alarms see no other stack's metrics.
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "Quarry")


def get_logger(service: str) -> Logger:
    """The function's logger; everything below ``quarry`` that logs through :mod:`logging` is formatted by it."""
    logger = Logger(service=service, json_serializer=_line)
    logging.getLogger("quarry").setLevel(logging.INFO)
    copy_config_to_registered_loggers(source_logger=logger, include={"quarry"})
    return logger


def _line(fields: dict[str, Any]) -> str:
    try:
        return orjson.dumps(fields, default=str).decode()
    except TypeError:
        # What orjson refuses, as halves of surrogate pairs and numbers of any size, is logged all the same.
        return json.dumps(fields, default=str)


def count(metric: str, amount: int = 1, **dimensions: str) -> None:
    """Add to a CloudWatch metric: a line of the log in embedded metric format, so no call and nothing to flush."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric, "Unit": "Count"}],
    }
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    # The line is written at once, so that other threads' output cannot get into it.
    sys.stdout.write(orjson.dumps({"_aws": about, **dimensions, metric: [float(amount)]}).decode() + "\n")
