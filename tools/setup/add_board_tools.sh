#!/bin/sh
# Installs what compiles the native core for boards and for aarch64 and emulates both; without it their tests skip.
set -eu

boards="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc gcc-arm-none-eabi libnewlib-arm-none-eabi"
aarch64="clang lld libc6-dev-arm64-cross qemu-user"

have_boards() {
    command -v qemu-system-riscv32 && echo '#include <string.h>' |
        riscv64-unknown-elf-gcc --specs=picolibc.specs -E - && echo '#include <string.h>' |
        arm-none-eabi-gcc -E -
}

have_aarch64() {
    command -v clang && command -v ld.lld && command -v qemu-aarch64 && ls /usr/aarch64-linux-gnu/lib/crt1.o
}

add() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq || true # an old list may do
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" ||
            echo "linli: could not install $*; tests of the native core that need them will skip" >&2
    fi
}

# shellcheck disable=SC2086 # one word a package
{
    have_boards >/dev/null 2>&1 || add $boards
    have_aarch64 >/dev/null 2>&1 || add $aarch64
}
