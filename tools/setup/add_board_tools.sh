#!/bin/sh
# Installs what compiles the native core for boards and emulates one; without it the tests of boards skip.
set -eu

packages="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc gcc-arm-none-eabi libnewlib-arm-none-eabi"

complete() {
    command -v qemu-system-riscv32 && echo '#include <string.h>' |
        riscv64-unknown-elf-gcc --specs=picolibc.specs -E - && echo '#include <string.h>' |
        arm-none-eabi-gcc -E -
}

if ! complete >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true # an old list may do
    # shellcheck disable=SC2086 # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $packages ||
        echo "linli: could not install $packages; the tests of the native core on boards will skip" >&2
fi
