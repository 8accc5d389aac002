"""Measurements: `make bench`. Machines differ; compare medians and ratios of one run."""
