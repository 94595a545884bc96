"""Tests of routes and of when links are open."""
