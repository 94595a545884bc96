"""Ledgers as released versions wrote them."""
