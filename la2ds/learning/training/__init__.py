"""Training one method on one action with one seed."""
