"""Sets the bundled stack up: accounts, keys, analyzers, responder, templates. Every step may be repeated."""
