#!/bin/sh
# Installs what builds the native core for other processors, what checks it, a broker for MQTT, servers for
# databases and for who leads, a reader of captured frames and a browser. Tests that lack something skip and say what.
set -eu

boards="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc gcc-arm-none-eabi libnewlib-arm-none-eabi"
aarch64="clang lld libc6-dev-arm64-cross qemu-user"

# Whether a compiler finds a C library, with these flags.
compiles() {
    echo '#include <string.h>' | "$@" -E -
}

have_32_bits() {
    ! compiles gcc || compiles gcc -m32
}

have_boards() {
    command -v qemu-system-riscv32 && compiles riscv64-unknown-elf-gcc --specs=picolibc.specs &&
        compiles arm-none-eabi-gcc
}

have_aarch64() {
    command -v clang && command -v ld.lld && command -v qemu-aarch64 && ls /usr/aarch64-linux-gnu/lib/crt1.o
}

have_valgrind() {
    command -v valgrind
}

have_fuzzing() {
    echo 'int LLVMFuzzerTestOneInput(const char *bytes, long length) { return 0; }' |
        clang -fsanitize=fuzzer,address,undefined -x c - -o /dev/null
}

have_broker() {
    PATH=$PATH:/usr/sbin command -v mosquitto
}

have_postgres() {
    ls /usr/lib/postgresql/*/bin/initdb || command -v initdb
}

have_etcd() {
    command -v etcd
}

# What a campaign of faults takes networks apart with.
have_faults() {
    command -v ip
}

have_tshark() {
    command -v tshark
}

have_chromium() {
    command -v chromium || command -v chromium-browser
}

add() {
    apt-get update -qq || true # an old list may do
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" ||
        echo "linli: could not install $*; tests that need them will skip" >&2
}

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    exit 0
fi

# shellcheck disable=SC2086 # one word a package
{
    have_32_bits >/dev/null 2>&1 || add gcc-multilib
    have_boards >/dev/null 2>&1 || add $boards
    have_aarch64 >/dev/null 2>&1 || add $aarch64
    have_valgrind >/dev/null 2>&1 || add valgrind
    have_broker >/dev/null 2>&1 || add mosquitto
    have_postgres >/dev/null 2>&1 || add postgresql
    have_etcd >/dev/null 2>&1 || add etcd-server
    have_faults >/dev/null 2>&1 || add iproute2
    have_tshark >/dev/null 2>&1 || add tshark
    have_chromium >/dev/null 2>&1 || add chromium
    # Clang has its sanitizers in a package that is named after its version.
    have_fuzzing >/dev/null 2>&1 || add clang "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
}
