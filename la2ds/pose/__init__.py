"""Where poses come from: a dataset's own, estimators, and files of other programs."""
