"""What the rules of the workflow ask: which files a job needs, and what makes it run again.

Nothing here imports Snakemake, PyTorch or Arrow. ``Study`` answers all questions, ``InputError`` says what is wrong.
"""
