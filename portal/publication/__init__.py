"""Public documents made ahead of time, once for all who will ask: written to disk as whole sets, and served from memory."""
