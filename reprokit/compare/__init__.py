"""Decides same or different, and why. Pure: evidence in, findings out."""
