"""Where staff publish: incidents and their updates, planned work, the tree of services."""
