"""What VirusTotal's engines say, read from its answers. Pure."""
