"""The `amsel` command: one module per verb."""
