"""The full shuttle problem: households, wheelchairs, stretchers, several pickups a trip, mixed fleets, windows."""
