"""The use cases, one function each: what the command line and the server may ask for."""
