#!/usr/bin/env bash
# Write requirements.txt (every resolved version with its hashes, no address), or with --check
# say whether it is what the resolution gives, and whether all of it is there as wheels. It stands
# in for a lock file, which would name the package registry it was made with.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

resolve() {
  uv export --quiet --format requirements-txt --all-groups --no-emit-workspace --no-header
}

# uv spells one marker in several ways, depending on what it had resolved before.
without_markers() {
  sed -E 's/ ; .*/ \\/' "$@"
}

# `environments` of pyproject.toml, as uv calls them where it is asked about a platform.
platforms=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu aarch64-apple-darwin)

# Nobody is to need a compiler. docopt and feetech-servo-sdk are pure Python that was never released
# otherwise.
check_wheels() {
  local platform
  for platform in "${platforms[@]}"; do
    if ! uv sync --quiet --dry-run --no-build --no-install-workspace --python-platform "$platform" \
      --no-install-package docopt --no-install-package feetech-servo-sdk; then
      echo "not everything has a wheel for Python $(cat .python-version) on $platform" >&2
      return 1
    fi
  done
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
  check_wheels
else
  resolve >requirements.txt
fi
