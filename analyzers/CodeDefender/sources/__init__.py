"""Who may have a script, or know it, other than its own host: one small client each, on `lookup.client`.

No client follows a redirect, and none is given an address that was not configured: what an answer names is
asked for only where it is on the same host, or on one that is written down here. So the script's own host is
never asked, and no key leaves for another one.
"""
