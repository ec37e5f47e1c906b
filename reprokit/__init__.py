"""Find out whether seeded MLX results are the same bytes everywhere, and where not, why.

The command line is `reprokit`; its rooms are described in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
