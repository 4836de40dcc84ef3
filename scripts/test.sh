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
if ! command -v chromium >/dev/null && grep -q '"playwright-core"' package.json; then
  missing+=(chromium)
fi
command -v promtool >/dev/null || missing+=(prometheus)

# Debian starts what it installs; the tests bring up servers of their own and want no other on the usual ports.
stop_started() {
  for package in "$@"; do
    case "$package" in
      prometheus) services=(prometheus prometheus-node-exporter) ;;
      redis-server | postgresql) services=("$package") ;;
      *) services=() ;;
    esac
    for service in ${services[@]+"${services[@]}"}; do
      if [ -d /run/systemd/system ]; then
        as_root systemctl stop "$service" 2>/dev/null || true
      elif command -v service >/dev/null; then
        as_root service "$service" stop >/dev/null 2>&1 || true
      fi
    done
  done
}

if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "The tests need ${missing[*]}. Install it with this system's package manager and run them again." >&2
    exit 1
  fi
  echo "The tests need ${missing[*]}, which this machine lacks: apt-get installs it now; its services are not left running."
  # At a terminal somebody can say no; without one the command does all the set-up by itself.
  if [ -t 0 ] && [ -t 1 ]; then
    read -r -p "Go on? [Y/n] " answer
    case "$answer" in
      "" | [Yy]*) ;;
      *)
        echo "Nothing was installed."
        exit 1
        ;;
    esac
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  stop_started "${missing[@]}"
fi
[ -d node_modules ] || npm ci

npm run --silent types
npm run --silent lint
npm run --silent format
npm run --silent unused
npm run --silent test:run -- "$@"
