#!/usr/bin/env bash
# Check types package by package: every node has its own `tests`, and their names may meet.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")/.."

uv run mypy src tests benchmarks scripts
for package in nodes/*/ packages/*/ plugins/*/; do uv run mypy "$package"; done
