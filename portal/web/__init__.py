"""What every page needs; it knows no feature."""
