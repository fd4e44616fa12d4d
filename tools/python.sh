#!/bin/sh
# Print the path of a Python that Meguri can use: 3.11 or newer, able to make virtual environments.
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3.14 python3 python; do
    path=$(command -v "$name" 2>/dev/null) || continue
    if "$path" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$path"
        exit 0
    fi
done
echo "Meguri needs Python 3.11 or newer with venv, and none was found." >&2
echo "  Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
echo "  macOS:            brew install python@3.13" >&2
echo "  or name one:      make PYTHON=/path/to/python3.13" >&2
exit 1
