"""Tests of the claims that reports make."""
