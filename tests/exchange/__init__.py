"""Tests of the only readers and writers."""
