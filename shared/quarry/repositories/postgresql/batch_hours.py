"""Figures over batches, added up once for each hour whose batches have all ended.

Statistics then take as long however many batches there were. An hour of which a batch is written again is counted anew.
"""

from datetime import datetime
from functools import partial
from typing import Final

from quarry.adapters.interfaces import IRelationalDatabase, Session
from quarry.domain.batches import BatchStatus

_ENDED: Final = ", ".join(f"'{status}'" for status in BatchStatus if status.terminal)
# The number that distinguishes our locks of hours from other advisory locks.
_HOURS: Final = 12
_HOLD: Final = "SELECT pg_advisory_xact_lock(:hours, :number)"
_SHARE: Final = "SELECT pg_advisory_xact_lock_shared(:hours, :number)"
_FORGET: Final = "DELETE FROM batch_hours WHERE hour = :hour"
_FORGET_BEFORE: Final = "DELETE FROM batch_hours WHERE hour < :before"

_BY_STATUS: Final = "coalesce(jsonb_object_agg(status, n), '{}'::jsonb)"
_ROLL_UP: Final = f"""
WITH chosen AS MATERIALIZED (
    SELECT status, counts, created_at, finished_at FROM pricelists
    WHERE created_at >= CAST(:hour AS timestamptz) AND created_at < CAST(:hour AS timestamptz) + interval '1 hour'
)
INSERT INTO batch_hours (hour, batches, records, finished, seconds)
SELECT CAST(:hour AS timestamptz),
    (SELECT {_BY_STATUS} FROM (SELECT status, count(*) AS n FROM chosen GROUP BY status) AS each),
    (SELECT {_BY_STATUS} FROM (
        SELECT key AS status, sum(CAST(value AS integer)) AS n FROM chosen, jsonb_each_text(counts) GROUP BY key
    ) AS each),
    count(finished_at), coalesce(sum(extract(epoch FROM finished_at - created_at)), 0)
FROM chosen HAVING coalesce(bool_and(status IN ({_ENDED})), true)
ON CONFLICT (hour) DO NOTHING
"""  # noqa: S608

# The hours since :since that are not added up, among them the first one, of which only a part is wanted.
_GAPS: Final = """
gaps AS (
    SELECT each.hour
    FROM (SELECT greatest(CAST(:since AS timestamptz), min(created_at)) AS moment FROM pricelists) AS first,
        generate_series(date_trunc('hour', first.moment, 'UTC'), now(), interval '1 hour') AS each(hour)
    WHERE NOT EXISTS (SELECT FROM batch_hours h WHERE h.hour = each.hour AND h.hour >= CAST(:since AS timestamptz))
)
"""
_OPEN_HOURS: Final = f"""
WITH {_GAPS} SELECT hour FROM gaps
WHERE hour <= now() - interval '2 hours' AND EXISTS (
    SELECT FROM pricelists WHERE created_at >= gaps.hour AND created_at < gaps.hour + interval '1 hour'
) LIMIT :limit
"""  # noqa: S608

# An ended batch's header carries its counts; only the records of open ones are counted.
STATISTICS: Final = f"""
WITH {_GAPS}, live AS (
    SELECT p.* FROM gaps CROSS JOIN LATERAL (
        SELECT request_id, status, counts, created_at, finished_at FROM pricelists
        WHERE created_at >= greatest(gaps.hour, CAST(:since AS timestamptz))
            AND created_at < gaps.hour + interval '1 hour'
    ) AS p
), added AS (
    SELECT * FROM batch_hours WHERE hour >= CAST(:since AS timestamptz)
), counted AS (
    SELECT key AS status, CAST(value AS bigint) AS records FROM added, jsonb_each_text(records)
    UNION ALL
    SELECT key, CAST(value AS bigint) FROM live, jsonb_each_text(counts) WHERE status IN ({_ENDED})
    UNION ALL
    SELECT r.status, 1 FROM live JOIN processing_results r USING (request_id) WHERE live.status NOT IN ({_ENDED})
    UNION ALL
    SELECT 'completed', b.last - b.first + 1 FROM live JOIN repeated_rows b USING (request_id)
    WHERE live.status NOT IN ({_ENDED})
), batches AS (
    SELECT key AS status, CAST(value AS bigint) AS n FROM added, jsonb_each_text(batches)
    UNION ALL SELECT status, 1 FROM live
), durations AS (
    SELECT finished, seconds FROM added
    UNION ALL SELECT 1, extract(epoch FROM finished_at - created_at) FROM live WHERE finished_at IS NOT NULL
)
SELECT
    (SELECT coalesce(sum(n), 0)::bigint FROM batches) AS batches,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted) AS rows,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'completed') AS completed,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'failed') AS failed,
    (SELECT coalesce(sum(records), 0)::bigint FROM counted WHERE status = 'needs_review') AS needs_review,
    (SELECT CAST(round(CAST(sum(seconds) / nullif(sum(finished), 0) AS numeric), 3) AS float) FROM durations)
        AS average_seconds,
    (SELECT jsonb_object_agg(status, n) FROM (SELECT status, sum(n) AS n FROM batches GROUP BY status) AS each)
        AS by_status
"""  # noqa: S608


class BatchHours:
    def __init__(self, db: IRelationalDatabase) -> None:
        self._db = db

    async def add_up(self, since: datetime, limit: int) -> int:
        """Add up at most ``limit`` hours since then whose batches have all ended; returns how many were looked at."""
        hours = await self._db.execute_query(_OPEN_HOURS, {"since": since, "limit": limit})
        for row in hours:
            await self._db.transaction(partial(_add_up, hour=row["hour"]))
        return len(hours)


def forget_hour_of(session: Session, created_at: datetime) -> None:
    """Before a batch is written: its hour is not added up while it changes, and counted anew."""
    hour = created_at.replace(minute=0, second=0, microsecond=0)
    session.execute(_SHARE, _lock(hour))
    session.execute(_FORGET, {"hour": hour})


def forget_before(session: Session, before: datetime) -> None:
    session.execute(_FORGET_BEFORE, {"before": before})


def _add_up(session: Session, *, hour: datetime) -> None:
    session.execute(_HOLD, _lock(hour))
    session.execute(_ROLL_UP, {"hour": hour})


def _lock(hour: datetime) -> dict[str, int]:
    return {"hours": _HOURS, "number": int(hour.timestamp() // 3600)}
