"""Tests of the room account."""
