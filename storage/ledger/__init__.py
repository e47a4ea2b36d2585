"""The ledger: one SQL database, SQLite or PostgreSQL, that holds what was decided and done."""
