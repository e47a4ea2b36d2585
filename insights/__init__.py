"""What a brand reads: the report and what the automation was worth."""
