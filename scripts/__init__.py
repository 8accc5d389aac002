"""What `make` calls besides the tools themselves."""
