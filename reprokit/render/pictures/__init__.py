"""Pictures of a comparison, as SVG: for documents, and for a page that holds them inline."""
