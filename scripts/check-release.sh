#!/usr/bin/env bash
# Whether a tag may become a release: scripts/check-release.sh v1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."
tag="$1"
version="$(node -p 'require("./package.json").version')"
code=0
fault() {
  echo "$1" >&2
  code=1
}

[ "$tag" = "v$version" ] || fault "The tag is $tag, and package.json has $version: correct one of them."
grep -qF "## $version - " CHANGELOG.md ||
  fault "CHANGELOG.md has no section for it: rename Unreleased to \"$version - DATE\"."
# npm compares it with the workflow's own identity and refuses another one, or none.
if [ -n "${GITHUB_REPOSITORY:-}" ]; then
  repository="$(node -p 'require("./package.json").repository?.url ?? ""')"
  [ "$repository" = "git+https://github.com/$GITHUB_REPOSITORY.git" ] ||
    fault "package.json has to name git+https://github.com/$GITHUB_REPOSITORY.git as repository.url: npm takes no provenance otherwise."
fi
exit "$code"
