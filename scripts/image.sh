#!/usr/bin/env bash
# The steps of the Dockerfile by hand, where no container engine is. They need root, which mounts in a namespace of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(uname -s)" != Linux ] || [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
  echo "The image is not built: its steps need root on Linux, with namespaces." >&2
  exit 0
fi
npx tsx bench/image-by-hand.ts "$(bash scripts/get-node.sh 24)/node"
