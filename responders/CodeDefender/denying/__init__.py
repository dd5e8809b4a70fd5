"""From one script to HUMAN's deny list.

In: the script observable that a person started the responder on. Out: which incidents are denied, which
others that touches, and whether anything was done. `plan` is pure; `human` speaks to HUMAN's API.
"""
