#!/usr/bin/env bash
# The demo and the quick suites on another version of Node: scripts/on-node.sh 24
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$(bash scripts/get-node.sh "$1"):$PATH"
echo "On Node $(node --version):"
node dist/src/main.js demo --once >/dev/null
echo "The demo held."
node node_modules/vitest/vitest.mjs run --reporter=dot test/domain test/http test/intake test/stripe test/unkey
