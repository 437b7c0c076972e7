"""Services, incidents, updates and maintenance."""
