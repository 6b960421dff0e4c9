"""What clusters do to a study: questions go unanswered, submissions are refused, jobs outlive the run that sent them.

Nothing here imports Snakemake; ``start`` is given the executor that it has made.
"""
