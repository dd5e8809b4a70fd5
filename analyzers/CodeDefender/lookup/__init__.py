"""What every service's look-up shares: one HTTP client, one form of report, observables read safely.

It knows no service by name.
"""
