"""Structured logs of every function: JSON lines through Powertools, each with the request's id."""

import logging

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers


def get_logger(service: str) -> Logger:
    """The function's logger; everything below ``quarry`` that logs through :mod:`logging` is formatted by it."""
    logger = Logger(service=service)
    logging.getLogger("quarry").setLevel(logging.INFO)
    copy_config_to_registered_loggers(source_logger=logger, include={"quarry"})
    return logger
