"""Every request that the product makes, with everything that can go wrong with it."""
