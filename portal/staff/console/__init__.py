"""The pages about accounts: signing in and out, one's own account, colleagues, and who did what."""
