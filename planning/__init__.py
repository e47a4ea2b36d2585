"""From what the models know to posts that are scheduled: slots, drafts, the batch."""
