"""What customers are told by the portal itself, and the ledger of how it reached them. Nothing below knows of it."""
