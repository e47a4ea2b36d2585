"""Making posts: briefs, drafts, voice and writers."""
