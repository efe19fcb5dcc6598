#!/usr/bin/env bash
# Set up what dora-hil needs, then run the command that follows, if one does:
#   scripts/setup.sh uv run dora run dataflow-demo.yaml
#   scripts/setup.sh --tests uv run pytest
# Idempotent: what is there is left alone. --tests also wants a virtual X server and a browser.
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac

say() { printf 'setup: %s\n' "$*" >&2; }

root=$(cd "$(dirname "$0")/.." && pwd)
export PATH="$HOME/.local/bin:$HOME/.cargo/bin:$PATH"

# pyenv's `python3` would obey .python-version, which is uv's, and refuse where it has no 3.12.
any_python() { (cd / && exec python3 "$@"); }

with_pip() {
  any_python -m pip --version >/dev/null 2>&1 || return 1
  # Debian and Homebrew mark their Python as managed from outside; --user touches no file of it.
  any_python -m pip install --quiet --user uv 2>/dev/null ||
    any_python -m pip install --quiet --user --break-system-packages uv 2>/dev/null || return 1
  PATH="$(any_python -m site --user-base)/bin:$PATH"
  command -v uv >/dev/null
}

with_installer() {
  local url=https://astral.sh/uv/install.sh
  if command -v curl >/dev/null; then curl -LsSf "$url" | sh >&2
  elif command -v wget >/dev/null; then wget -qO- "$url" | sh >&2
  else any_python -c "import urllib.request as r; print(r.urlopen('$url').read().decode())" | sh >&2
  fi
}

if ! command -v uv >/dev/null; then
  say "installing uv"
  with_pip || with_installer || {
    say "uv could not be installed; see https://docs.astral.sh/uv/getting-started/installation"
    exit 1
  }
fi

# The one Python that all of this is tested with: an installed one, one that pyenv has, or uv's own.
python=$(cat "$root/.python-version")
has_python() { [ -n "${UV_PYTHON:-}" ] || uv python find --project "$root" >/dev/null 2>&1; }
if ! has_python; then
  for candidate in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$python".*/bin/python; do
    if [ -x "$candidate" ]; then export UV_PYTHON="$candidate"; fi
  done
fi
if ! has_python; then
  say "fetching Python $python"
  # The last of uv's causes is the one that says what to do about it.
  if ! output=$(UV_PYTHON_INSTALL_BIN=0 uv python install "$python" 2>&1); then
    say "Python $python is needed; none is installed, and none could be fetched" \
      "(${output##*: }). Install one (brew install python@$python, pyenv install $python," \
      "or your distribution's python$python), or name it: UV_PYTHON=/path/to/python$python"
    exit 1
  fi
fi

wants_tests=false
if [ "${1:-}" = --tests ]; then
  wants_tests=true
  shift
fi

# Debian keeps ldconfig from the PATH of all but root, and `grep -q` would end it by a broken pipe.
has_library() {
  PATH="$PATH:/sbin" ldconfig -p 2>/dev/null | grep "$1" >/dev/null ||
    [ -e "/usr/lib/$(uname -m)-linux-gnu/$1" ]
}

has_ffmpeg() {
  local file
  for file in {/usr/local,/opt/homebrew}/lib/libavutil*; do
    if [ -e "$file" ]; then return 0; fi
  done
  has_library libavutil.so
}

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
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
      say "installing ${missing[*]}"
      "${as_root[@]}" apt-get update -qq >&2
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
    else
      say "missing: ${missing[*]} (Debian's names). Please run: sudo apt-get install ${missing[*]}"
    fi
  fi
fi

# Nothing here needs FFmpeg's libraries: LeRobot decodes with PyAV where they are missing.
if ! has_ffmpeg; then
  install="brew install ffmpeg"
  [ "$(uname -s)" = Darwin ] || install="sudo apt-get install ffmpeg"
  say "optional: \`lerobot-info\` and LeRobot's faster video decoder want FFmpeg: $install"
fi

# The next `uv run` has nothing left to do. Bytecode is compiled here, once: a node's first start
# would take seconds longer, and compiling at every `uv run` costs a second each time.
uv sync --quiet --compile-bytecode --project "$root"

if [ $# -gt 0 ]; then exec "$@"; fi
say "ready: uv run dora run dataflow-demo.yaml"
