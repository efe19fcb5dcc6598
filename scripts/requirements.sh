#!/usr/bin/env bash
# Write requirements.txt (every resolved version with its hashes, no address), or with --check
# say whether it is what the resolution gives. It stands in for a lock file, which would name
# the package registry it was made with.
set -euo pipefail
cd "$(dirname "$0")/.."

resolve() {
  uv export --quiet --format requirements-txt --all-groups --no-emit-workspace --no-header
}

# uv spells one marker in several ways, depending on what it had resolved before.
without_markers() {
  sed -E 's/ ; .*/ \\/' "$@"
}

if [ "${1:-}" = --check ]; then
  if ! diff -u <(without_markers requirements.txt) <(resolve | without_markers); then
    echo "requirements.txt is not what pyproject.toml resolves to; run scripts/requirements.sh" >&2
    exit 1
  fi
  if grep -nE '://|^--' requirements.txt; then
    echo "requirements.txt must not contain an address" >&2
    exit 1
  fi
else
  resolve >requirements.txt
fi
