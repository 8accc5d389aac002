"""The demo world: a fictional coalition and thirteen incidents, the same ids every time.

Everything but `seeding` is pure: values and builders that take the time of seeding. Addresses
are from the documentation ranges, names end in `.example`, hashes are of words, and nobody and
nothing in it is real. What the incidents are modelled on is public history, retold.
"""
