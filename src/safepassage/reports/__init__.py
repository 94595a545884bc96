"""What people see of a plan: data in, bytes out."""
