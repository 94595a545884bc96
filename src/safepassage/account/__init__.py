"""What was promised and kept, and what the world says of it."""
