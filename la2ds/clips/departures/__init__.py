"""Angles of joints, and where and by how much one clip departs from another."""

from la2ds.clips.departures.find import LEAST, MOST, SHORTEST, SURE, Departure, departures, in_short

__all__ = ["LEAST", "MOST", "SHORTEST", "SURE", "Departure", "departures", "in_short"]
