"""Puts methods and protocols into the wheel; in the repository they stay in config/, where people edit them."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SHIPPED = ("config/methods", "config/protocols")


class BuildWithConfig(build_py):
    """Copies them to where ``la2ds.config.shipped_files`` looks first."""

    def run(self) -> None:
        """Build the package; an editable install reads them where they are."""
        super().run()
        for folder in () if self.editable_mode else SHIPPED:
            self.mkpath(str(Path(self.build_lib, "la2ds", folder)))
            for file in sorted(Path(folder).glob("*.yaml")):
                self.copy_file(str(file), str(Path(self.build_lib, "la2ds", file)))


setup(cmdclass={"build_py": BuildWithConfig})
