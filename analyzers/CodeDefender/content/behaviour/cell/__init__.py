"""The process in which hostile scripts run. It imports nothing of ours but itself."""
