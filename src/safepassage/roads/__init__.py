"""Road links, closures and consented windows become travel times and routes."""
