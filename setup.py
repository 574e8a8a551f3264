"""Builds the native core where a C compiler works, and says so where none does.

What an installed Linli needs of the checkout to build images goes into its packages.
"""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import BaseError, CCompilerError

WITHOUT_CORE = """
linli: the native core was not built: {error}
linli: Installed without it. SM4, SM3 and framing run in Python, with the same results but a hundred
linli: times slower. For the fast path install a C compiler (Debian: apt install gcc; macOS:
linli: xcode-select --install), then install linli again.
"""


class BuildOptionalCore(build_ext):
    """Turns a failed compilation into a message, since everything also runs without the core."""

    def build_extension(self, ext):  # noqa: D102
        try:
            super().build_extension(ext)
        except (BaseError, CCompilerError) as error:
            print(WITHOUT_CORE.format(error=error), file=sys.stderr)


class BuildWithStartFiles(build_py):
    """Puts boot.py, main.py and linli_main.py, which belong to no package, into linli_firmware."""

    def run(self):  # noqa: D102
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, "linli_firmware/start_files")
            self.mkpath(str(folder))
            for name in ("boot.py", "main.py", "linli_main.py"):
                self.copy_file(f"firmware/{name}", str(folder / name))


setup(
    cffi_modules=["native/core_build.py:ffi"],
    cmdclass={"build_ext": BuildOptionalCore, "build_py": BuildWithStartFiles},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
