"""Faults on purpose: power cuts, killed processes, full and failing disks; in short for tests, at length for bench."""
