"""What publishers need: word of a change at once, and the newest of each kind of incident"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION tell_publishers() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('portal_public', ''); RETURN NULL; END $$
"""
# Not for what messages do: each notice makes writers follow one another at the end of their transactions.
_TRIGGER = """
CREATE TRIGGER events_tell_publishers AFTER INSERT ON events FOR EACH ROW
WHEN (split_part(NEW.subject, ':', 1) IN ('channel', 'incident', 'matrix', 'organisation', 'service'))
EXECUTE FUNCTION tell_publishers()
"""


def upgrade() -> None:
    op.create_index("ix_incidents_kind_published_at", "incidents", ["kind", "published_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(_TRIGGER)


def downgrade() -> None:
    op.drop_index("ix_incidents_kind_published_at", "incidents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_tell_publishers ON events")
        op.execute("DROP FUNCTION tell_publishers")
