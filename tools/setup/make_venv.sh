#!/bin/sh
# Makes .venv/ with the Python given; where Debian splits it up, installs the missing parts as root or names them.
set -eu
python=$1

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "linli needs Python 3.11 or later, and '$python' is not; choose one: make PYTHON=python3.12" >&2
    exit 1
fi

# Debian keeps venv's pip and the headers that the native core needs in packages of their own.
missing=$("$python" - <<'END'
import importlib.util, pathlib, sys, sysconfig

name = "python%d.%d" % sys.version_info[:2]
if importlib.util.find_spec("ensurepip") is None:
    print(name + "-venv")
if not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
    print(name + "-dev")
END
)
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq || true # an old list may do
    # shellcheck disable=SC2086 # one word a package
    DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing ||
        echo "linli: could not install" $missing >&2
elif [ -n "$missing" ]; then
    echo "linli: '$python' lacks parts; on Debian: sudo apt-get install" $missing >&2
fi

rm -rf .venv
"$python" -m venv .venv
