"""The version of the package, for files that cannot import the package itself, which offers everything."""

__version__ = "0.1.0"
