"""The way in from people: intake, triage, replies, escalation."""
