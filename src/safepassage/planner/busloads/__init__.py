"""Whole busloads: alike vehicles carry loads from sources to shelters, one load a run (the bus evacuation problem)."""
