"""Mathematics: bytes, digests, keys, draws.

MLX is reached only through `numerics.backend`, which loads it at its first use.
"""
