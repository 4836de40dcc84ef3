#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, then runs every check. Arguments go to vitest.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
if ! command -v postgres >/dev/null && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
  missing+=(postgresql)
fi
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "The tests need ${missing[*]}. Install it with this system's package manager and run them again." >&2
    exit 1
  fi
  echo "Installing ${missing[*]} for the tests."
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
[ -d node_modules ] || npm ci

npm run --silent types
npm run --silent lint
npm run --silent format
npm run --silent unused
npm run --silent test:run -- "$@"
