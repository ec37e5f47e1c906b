"""Reads and writes what lies under manifests/ and milestones/, and the journal of a snapshot."""
