"""Who may see what: the one decision of the platform (domain §3, pure)."""
