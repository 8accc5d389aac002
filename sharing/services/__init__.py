"""Actions of sharing, each one transaction with its audit entry."""
