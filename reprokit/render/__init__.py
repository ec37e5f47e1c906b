"""Chooses words, tables and formats for what was found. Pure: facts in, text out."""
