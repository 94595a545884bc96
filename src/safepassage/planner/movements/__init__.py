"""Convoy movement: routes and departures with which no two convoys are on a link at once, with a proven bound."""
