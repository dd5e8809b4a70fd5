"""From evidence to a decision, and its carrying out.

In: what analyzers said of an incident's scripts. Out: what is to change. `evidence` and `policy` are
pure; `escalation` reads and writes through `hive`.
"""
