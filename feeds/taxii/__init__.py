"""TAXII 2.1 (OASIS Standard, 10 June 2021): the protocol over the feeds. No content is parsed."""
