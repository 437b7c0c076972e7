"""Services, incidents and their updates"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATES = (
    "investigating",
    "identified",
    "monitoring",
    "resolved",
    "scheduled",
    "in_progress",
    "verifying",
    "completed",
    "cancelled",
)


def _one_of(table: str, column: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint("{} IN ({})".format(column, ", ".join(f"'{v}'" for v in values)), name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "services",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("parent_id", sa.Integer),
        sa.Column("name_nl", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("description_nl", sa.Text, nullable=False),
        sa.Column("description_en", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["services.id"], name=op.f("fk_services_parent_id_services")),
        sa.UniqueConstraint("slug", name=op.f("uq_services_slug")),
        sa.CheckConstraint("name_nl <> '' OR name_en <> ''", name=op.f("ck_services_named")),
        sa.CheckConstraint("slug <> ''", name=op.f("ck_services_slug_filled")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_services_not_its_own_parent")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(11), nullable=False),
        sa.Column("title_nl", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("state", sa.String(13), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("is_calamity", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True)),
        sa.Column("window_start", sa.DateTime(timezone=True)),
        sa.Column("window_end", sa.DateTime(timezone=True)),
        sa.Column("next_update_at", sa.DateTime(timezone=True)),
        sa.Column("created_by", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("guid", name=op.f("uq_incidents_guid")),
        sa.UniqueConstraint("slug", name=op.f("uq_incidents_slug")),
        sa.CheckConstraint("title_nl <> '' OR title_en <> ''", name=op.f("ck_incidents_titled")),
        sa.CheckConstraint("slug <> ''", name=op.f("ck_incidents_slug_filled")),
        sa.CheckConstraint(
            "(kind = 'maintenance') = (window_start IS NOT NULL)", name=op.f("ck_incidents_window_is_for_maintenance")
        ),
        sa.CheckConstraint("(window_start IS NULL) = (window_end IS NULL)", name=op.f("ck_incidents_window_has_two_ends")),
        sa.CheckConstraint("window_start < window_end", name=op.f("ck_incidents_window_runs_forward")),
        _one_of("incidents", "kind", "incidentkind", ("incident", "maintenance")),
        _one_of("incidents", "state", "state", _STATES),
        _one_of("incidents", "severity", "severity", ("minor", "major", "critical")),
    )
    op.create_index("ix_incidents_started_at", "incidents", ["started_at"])
    op.create_index("ix_incidents_updated_at", "incidents", ["updated_at"])
    op.create_table(
        "incident_updates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("guid", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(13), nullable=False),
        sa.Column("body_nl", sa.Text, nullable=False),
        sa.Column("body_en", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update_at", sa.DateTime(timezone=True)),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.Column("author_id", sa.Integer),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_updates_incident_id_incidents")),
        sa.UniqueConstraint("guid", name=op.f("uq_incident_updates_guid")),
        sa.CheckConstraint("body_nl <> '' OR body_en <> ''", name=op.f("ck_incident_updates_written")),
        _one_of("incident_updates", "state", "state", _STATES),
    )
    op.create_index("ix_incident_updates_incident_id_published_at", "incident_updates", ["incident_id", "published_at"])
    _link("services", "service_id")
    _link("channels", "channel_id")


def _link(other: str, column: str) -> None:
    table = f"incident_{other}"
    op.create_table(
        table,
        sa.Column("incident_id", sa.Integer, nullable=False),
        sa.Column(column, sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", column, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f(f"fk_{table}_incident_id_incidents")),
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")),
    )
    op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    op.drop_table("incident_channels")
    op.drop_table("incident_services")
    op.drop_table("incident_updates")
    op.drop_table("incidents")
    op.drop_table("services")
