#!/usr/bin/env bash
# Set up what dora-hil needs, then run the command that follows, if one does:
#   scripts/setup.sh uv run dora run dataflow-demo.yaml
#   scripts/setup.sh --tests uv run pytest
# Idempotent: what is there is left alone. --tests also wants a virtual X server and a browser.
set -euo pipefail

say() { printf 'setup: %s\n' "$*" >&2; }

export PATH="$HOME/.local/bin:$HOME/.cargo/bin:$PATH"

with_pip() {
  python3 -m pip --version >/dev/null 2>&1 || return 1
  # Debian and Homebrew mark their Python as managed from outside; --user touches no file of it.
  python3 -m pip install --quiet --user uv 2>/dev/null ||
    python3 -m pip install --quiet --user --break-system-packages uv 2>/dev/null || return 1
  PATH="$(python3 -m site --user-base)/bin:$PATH"
  command -v uv >/dev/null
}

with_installer() {
  local url=https://astral.sh/uv/install.sh
  if command -v curl >/dev/null; then curl -LsSf "$url" | sh >&2
  elif command -v wget >/dev/null; then wget -qO- "$url" | sh >&2
  else python3 -c "import urllib.request as r; print(r.urlopen('$url').read().decode())" | sh >&2
  fi
}

if ! command -v uv >/dev/null; then
  say "installing uv"
  with_pip || with_installer || {
    say "uv could not be installed; see https://docs.astral.sh/uv/getting-started/installation"
    exit 1
  }
fi

wants_tests=false
if [ "${1:-}" = --tests ]; then
  wants_tests=true
  shift
fi

has_library() { ldconfig -p 2>/dev/null | grep -q "$1" || [ -e "/usr/lib/$(uname -m)-linux-gnu/$1" ]; }

# Mesa's drivers have one name before version 24 and another since; NVIDIA brings its own.
has_driver() {
  local file
  for file in /usr/lib*/{,*/}{dri/swrast_dri.so,libgallium-*.so,libEGL_nvidia.so.0}; do
    if [ -e "$file" ]; then return 0; fi
  done
  return 1
}

if [ "$(uname -s)" = Linux ]; then
  missing=()
  # Pictures are rendered through EGL; Mesa's drivers do it where there is no GPU.
  has_library libEGL.so.1 || missing+=(libegl1)
  has_library libOpenGL.so.0 || has_library libGL.so.1 || missing+=(libopengl0)
  has_driver || missing+=(libgl1-mesa-dri)
  if $wants_tests; then
    command -v Xvfb >/dev/null || missing+=(xvfb)
    command -v xdotool >/dev/null || missing+=(xdotool)
    command -v ip >/dev/null || missing+=(iproute2)
    command -v strace >/dev/null || missing+=(strace)
    command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    root=()
    [ "$(id -u)" = 0 ] || root=(sudo -n)
    if command -v apt-get >/dev/null && "${root[@]}" true 2>/dev/null; then
      say "installing ${missing[*]}"
      "${root[@]}" apt-get update -qq >&2
      "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
    else
      say "missing: ${missing[*]} (Debian's names). Please run: sudo apt-get install ${missing[*]}"
    fi
  fi
fi

# uv fetches Python 3.12 and every package; the next `uv run` has nothing left to do.
uv sync --quiet

if [ $# -gt 0 ]; then exec "$@"; fi
say "ready: uv run dora run dataflow-demo.yaml"
