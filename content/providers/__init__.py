"""Writers: one module per provider behind one interface."""
