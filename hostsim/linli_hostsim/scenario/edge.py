"""The edge's nodes in a scenario."""

from pydantic import Field

from .table import Share, Table


class Edge(Table):
    """The nodes that run the hub: one serves, others stand by."""

    standbys: int = Field(
        default=3,
        ge=0,
        le=100,
        description="Source: 2025 feasibility study, one primary and three standbys.",
    )
    mtbf_h: float | None = Field(
        default=None,
        gt=0,
        le=1e7,
        description="Mean time between a node's failures, exponential. Assumption: none fails.",
    )
    common_cause: Share = Field(
        default=0.02,
        description="Of a node's failures, those that take all nodes at once. Source: IEC 61508-6 "
        "annex D has 1 % to 10 %, recalled.",
    )
    mttr_h: float = Field(
        default=24.0,
        gt=0,
        le=10_000,
        description="Mean time of a repair, exponential. Assumption: somebody comes the next day.",
    )
    repair_crews: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Repairs at a time. Assumption.",
    )
    detection_s: float = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="Failure to its being known. Source: Patroni's `ttl`, a silent leader "
        "then loses its place; recalled.",
    )
    takeover_s: float = Field(
        default=5.0,
        ge=0,
        le=3600,
        description="From then until a standby serves. Assumption: promotion and first packets.",
    )
    replication_lag_ms: float = Field(
        default=0.0,
        ge=0,
        le=60_000,
        description="What was served this long before a failure is counted as lost. Assumption: "
        "none, a packet is answered once a standby has it.",
    )
