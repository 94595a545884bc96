"""The server: what the desk does, over HTTP."""
