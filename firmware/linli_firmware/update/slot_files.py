"""A slot's folder: files in folders of their own, which are made when the first file needs them."""

import os

from ..storage.files import BoardFiles


class SlotFiles(BoardFiles):
    """`BoardFiles` whose names may have slashes."""

    def append(self, name: str, data: "bytes | memoryview") -> None:
        """Add `data` at the end of a file, which is made when it does not exist."""
        if "/" in name and not self.size(name):
            folder = self._folder
            for part in name.split("/")[:-1]:
                folder += "/" + part
                try:
                    os.mkdir(folder)
                except OSError:
                    pass
        super().append(name, data)
