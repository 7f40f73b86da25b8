"""The read models that there are: chosen here, run by the projectors and shown by `icms status`."""

from __future__ import annotations

from projections.audit_trail import AuditTrail
from projections.compliance_status import ComplianceStatus
from projections.duty_accounts import DutyAccounts
from projections.listings import Listings
from projections.obligations import Obligations
from projections.public_listing import PublicListing
from projections.queries import Queries
from projections.read_model import ReadModel
from projections.safety_cases import SafetyCases
from projections.safety_notices import SafetyNotices
from projections.standings import Standings

READ_MODELS: tuple[type[ReadModel], ...] = (
    DutyAccounts,
    ComplianceStatus,
    PublicListing,
    AuditTrail,
    Queries,
    Obligations,
    Standings,
    SafetyNotices,
    Listings,
    SafetyCases,
)
"""Every read model; each instance keeps what it learnt for one build."""
