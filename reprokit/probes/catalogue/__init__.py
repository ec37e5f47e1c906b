"""The ops that a suite can name, one module a field; `random.normal` stands in `random`.

An op is a function of keyword arguments that returns an array. Those it names `key` and `dtype`
are given by the probe's seed and dtype, the rest by its `arguments`.
"""
