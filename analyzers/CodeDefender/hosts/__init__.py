"""What is known of a host: is it listed as a skimmer's, whose is it, since when, and do others share it.

Names come apart in `names`; `listed`, `vendors` and `lookalike` answer from tables in `data/`, which `tables`
makes of their sources; `lists` and `bootstrap` keep what the network has newer; `rdap` asks a registry.
"""
