"""From SQLite to PostgreSQL, when an installation outgrows one machine."""
