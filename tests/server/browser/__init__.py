"""Tests of what phones run, in real browsers."""
