"""What is measured: the catalogue of ops, and the suites that declare probes of them."""
