"""How a person lets this installation in: one module per platform's way of OAuth."""
