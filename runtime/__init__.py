"""Settings in, ready parts out: ledger, lake, networks, writers, clock."""
