"""Reports read by rules of our own: what they claim, which of them are one source, and how it fits the record."""
