"""Starts processes, and measures what happens in them."""
