#!/bin/sh
# Print the path of a Chromium for the browser tests and pictures, installing it where root may.
# The words go to stderr, so that the path alone is what a caller reads.
find_browser() {
    for name in ${CHROMIUM:-} chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" 2>/dev/null && return 0
    done
    return 1
}

has_japanese_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=ja 2>/dev/null)" ]
}

install_with_apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "   browser: installing $* with apt-get (once, about a minute) …" >&2
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 5 "$log" >&2
        return 1
    fi
}

if ! find_browser >/dev/null; then
    install_with_apt chromium fontconfig fonts-noto-cjk || true
elif ! has_japanese_font; then
    install_with_apt fontconfig fonts-noto-cjk || echo "   browser: no Japanese font; pictures will lack the characters" >&2
fi

if path=$(find_browser); then
    echo "$path"
else
    echo "The browser tests need Chromium. Install it, then run again:" >&2
    echo "  sudo apt-get install -y chromium fonts-noto-cjk      (or set CHROMIUM=/path/to/chromium)" >&2
    exit 1
fi
