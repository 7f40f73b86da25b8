"""The read models there are: a choice, and therefore a list."""

from __future__ import annotations

from consumers.fold import MakeReadModel
from projections.audit_trail import AuditTrail
from projections.public_listing import PublicListing

READ_MODELS: tuple[MakeReadModel, ...] = (PublicListing, AuditTrail)
"""Each is kept by the projector, rebuilt by `rebuild` and replayed by `verify`."""
