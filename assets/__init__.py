"""Software-defined assets, thin: one module is one group in the UI."""
