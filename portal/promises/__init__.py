"""Priority matrix, promises and response-time statistics."""
