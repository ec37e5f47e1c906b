"""Asks the machine: chip, system, Python, wheels, uv.lock, git. What cannot be had is a gap."""
