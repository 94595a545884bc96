"""Faults on purpose: power cuts, killed processes, full and failing disks. Tests run each in short, `bench` at length."""
