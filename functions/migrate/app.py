"""CloudFormation's custom resource, also called by hand: brings PostgreSQL's schema to the revision of this version."""

from migrations.upgrade import upgrade
from quarry.handlers.resource import resource_handler

handler = resource_handler("migrate", upgrade)
