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

# All at once, as some of them use one processor alone; each prints in one piece.
said="$(mktemp -d)"
trap 'rm -rf "$said"' EXIT
checks=(types lint format unused)
running=()
for check in "${checks[@]}"; do
  npm run --silent "$check" >"$said/$check" 2>&1 &
  running+=("$!")
done
failed=()
for at in "${!checks[@]}"; do
  wait "${running[$at]}" || failed+=("${checks[$at]}")
  cat "$said/${checks[$at]}"
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "Failed: ${failed[*]}." >&2
  exit 1
fi
npm run --silent test:run -- "$@"
