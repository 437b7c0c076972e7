"""The append-only journal: audit trail and outbox in one."""
