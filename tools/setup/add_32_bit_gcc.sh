#!/bin/sh
# Installs what gcc needs to build the native core in 32 bits, the width of boards; without it one test skips.
set -eu

compiles() {
    echo '#include <string.h>' | gcc "$@" -E - >/dev/null 2>&1
}

if compiles && ! compiles -m32 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true # an old list may do
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends gcc-multilib ||
        echo "linli: could not install gcc-multilib; the 32-bit test of the native core will skip" >&2
fi
