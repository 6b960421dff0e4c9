"""Finished runs recorded in MLflow, for comparing them in a browser. The files stay the truth and this is a copy.

Nothing here fails a study: without MLflow, or with a store that cannot be reached, one sentence is logged and the stamp
is written all the same. MLflow is imported nowhere else in the package.
"""
