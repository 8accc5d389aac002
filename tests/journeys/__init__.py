"""Journeys: the whole platform, in real processes, through its own interfaces."""
