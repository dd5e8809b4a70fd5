"""Known flaws of packages: severities, records and version ranges, and the report they make. Pure."""
