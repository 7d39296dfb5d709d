"""Qdrant-only mode: what needs PostgreSQL says so, as what can never be had and not as an outage."""

from datetime import UTC, datetime

import pytest

from quarry.domain.changes import ChangeFilter
from quarry.errors import NotSupported
from quarry.runtime import run
from quarry.services.changes import ChangeService
from quarry.services.estimates import EstimateService
from quarry.services.rebuilding import Rebuilding
from quarry.services.reviews import ReviewService
from quarry.services.synonyms import SynonymService
from quarry.services.watches import WatchService
from quarry.services.webhooks import WebhookService


@pytest.mark.parametrize(
    "ask",
    [
        lambda: ChangeService(None).over(ChangeFilter(since=datetime.now(UTC)), limit=5, cursor=None),
        lambda: EstimateService(None, None, None, None).newest(5, None),
        lambda: Rebuilding(None, None, None).start(),
        lambda: ReviewService(None, None, None, None).page(decided=False, limit=5, cursor=None),
        lambda: SynonymService(None).page(5, None),
        lambda: SynonymService(None).put("шкурка", "бумага наждачная"),
        lambda: WatchService(None, "RUB").page(5, None),
        lambda: WebhookService(None, None).all(),
    ],
)
def test_it_is_not_supported(ask):
    with pytest.raises(NotSupported, match="PostgreSQL"):
        run(ask())
