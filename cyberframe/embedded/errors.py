"""What stops a start."""


class StartError(Exception):
    """The platform cannot start here. The message is one line: what is wrong and the mend."""
