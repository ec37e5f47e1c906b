"""The shapes of facts: frozen dataclasses, no input or output."""
