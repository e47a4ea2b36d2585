"""Words and rules of the product; nothing here reads, writes or asks the clock."""
