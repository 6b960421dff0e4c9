#!/usr/bin/env bash
# Installs Debian's Chromium for the tests that look at pages, where that is possible: as root, with apt. About 115 MB to
# fetch. Never fails: where there is no Chromium, those tests are skipped and say so.
set -u

say() { printf 'browser: %s\n' "$*" >&2; }

for name in chromium chromium-browser google-chrome chrome; do
	command -v "$name" >/dev/null && exit 0
done
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	say "no Chromium, and no root with apt to install it; tests of pages will be skipped"
	exit 0
fi
say "installing Chromium"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
install() { timeout 300 apt-get install --yes --quiet --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1; }
install || { timeout 120 apt-get update --quiet >>"$log" 2>&1 && install; } ||
	say "could not be installed ($(tail -n 1 "$log")); tests of pages will be skipped"
rm -f "$log"
exit 0
