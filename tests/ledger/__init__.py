"""Tests of the ledger: events, stores, what was tampered with, what is lost and found."""
