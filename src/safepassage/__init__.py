"""Plan, rehearse, run and account for evacuation movements."""

__version__ = "0.1.0"
