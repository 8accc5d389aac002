"""`manage.py up`: one command that runs the whole platform on one machine, for evaluation.

Production never imports this package: there every process is started on its own.
"""
