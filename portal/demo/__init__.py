"""Lijnwaard, a company that does not exist: regional public transport in the Kromme Waard, with eight weeks behind it."""
