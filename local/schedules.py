"""When EventBridge Scheduler's expressions are due: ``rate(5 minutes)``, ``cron(30 1 * * ? *)``, in UTC."""

import re
from datetime import datetime, timedelta

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


def next_run(expression: str, after: datetime) -> datetime:
    """The first time after ``after`` at which the schedule is due. Raises ValueError for an unsupported expression."""
    rate = _RATE.fullmatch(expression)
    if rate:
        return after + timedelta(**{f"{rate[2]}s": int(rate[1])})
    cron = _CRON.fullmatch(expression)
    if not cron:
        raise ValueError(f"{expression} is neither a rate nor a cron expression")
    minutes, hours, days, months, weekdays, years = cron.groups()
    if (months, weekdays, years) != ("*", "?", "*"):
        raise ValueError(f"{expression}: the local stack supports only minutes, hours and days of the month")
    due = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while not (_fits(minutes, due.minute) and _fits(hours, due.hour) and _fits(days, due.day)):
        due += timedelta(minutes=1)
    return due


def _fits(field: str, value: int) -> bool:
    return field == "*" or str(value) in field.split(",")
