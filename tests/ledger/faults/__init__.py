"""Faults made on purpose: what the ledger is tried with."""
