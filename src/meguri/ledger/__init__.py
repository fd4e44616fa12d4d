"""What happened: an append-only, tamper-evident log of events in SQLite or PostgreSQL, verifiable without its server."""
