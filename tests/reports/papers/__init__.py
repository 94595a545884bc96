"""Papers: set once per test module, read back by another program's eyes."""
