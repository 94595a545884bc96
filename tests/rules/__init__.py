"""Tests of the referee and of the premises."""
