"""Loaded by every process of the product in tests: the guard always, faults from within where a test asks."""

from __future__ import annotations

import address_guard
import full_disk
import stepping_clock
import sudden_death

for part in (address_guard, full_disk, stepping_clock, sudden_death):
    part.install()
