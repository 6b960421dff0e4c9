"""CASA's own records of Penn Action: poses as SMPL parameters, and their labels."""
