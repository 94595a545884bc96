"""Tests of the timetable network."""
