# What bin/demo and bin/test need before they can start; sourced by both, from the checkout's root.
#
#   set_up run|test    Python, .lejar/venv and the locked dependencies (test: with the tools)
#   find_chromium      the browser that the tests of pages drive; without it they are skipped
#   find_redis         the broker that the tests of real processes kill; without it they are skipped
#   start_database     sets DATABASE_URL; starts the embedded PostgreSQL when it is unset
#   test_database      the same with a server of the tests' own, which never waits for the disk
#   stop_database      ends that server, but only if one of these started it
#
# POSIX sh. Everything it makes lies under .lejar/. A second call finds its stamps and does nothing.

UV_VERSION=0.13.9
LEJAR=$PWD/.lejar
VENV=$LEJAR/venv
PYTHON=$VENV/bin/python
# Compiled once, beside nothing: a run starts a hundred processes, and two of them read every test.
export PYTHONPYCACHEPREFIX="$LEJAR/pycache" PIP_DISABLE_PIP_VERSION_CHECK=1
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Runs a command whose output only matters when it fails.
quietly() {
    mkdir -p "$LEJAR"
    if ! "$@" >"$LEJAR/setup.log" 2>&1; then
        cat "$LEJAR/setup.log" >&2
        fail "This failed: $*"
    fi
}

set_up() {
    [ -f "$VENV/.locked-$1" ] && [ "$(cat "$VENV/.locked-$1")" = "$(fingerprint)" ] && return
    find_python
    find_uv
    say "Installing the locked dependencies into .lejar/venv"
    if [ "$1" = test ]; then install --group dev; else install --no-dev --inexact; fi
    fingerprint >"$VENV/.locked-$1"
}

fingerprint() { cat pyproject.toml uv.lock .ci/setup.sh | cksum; }

install() {
    UV_PROJECT_ENVIRONMENT="$VENV" UV_PYTHON_DOWNLOADS=never UV_LINK_MODE="${UV_LINK_MODE:-copy}" \
        quietly "$UV" sync --frozen --all-extras --python "$BASE_PYTHON" "$@"
}

find_python() {
    for BASE_PYTHON in python3 python3.14 python3.13 python3.12 python3.11; do
        command -v "$BASE_PYTHON" >/dev/null && "$BASE_PYTHON" -c \
            'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    fail "Lejar needs Python 3.11 or newer, and no such python3 is on the PATH." \
        "On Debian 12 or newer: apt-get install python3 python3-venv"
}

# A uv on the PATH will do; otherwise the pinned one goes into a small environment of its own, where
# synchronising the dependencies cannot remove it.
find_uv() {
    UV=$(command -v uv) && return
    UV=$LEJAR/uv-$UV_VERSION/bin/uv
    [ -x "$UV" ] && return
    "$BASE_PYTHON" -c 'import ensurepip, venv' 2>/dev/null || install_venv
    say "Fetching uv $UV_VERSION"
    quietly "$BASE_PYTHON" -m venv --clear "$LEJAR/uv-$UV_VERSION"
    quietly "$LEJAR/uv-$UV_VERSION/bin/python" -m pip install --quiet "uv==$UV_VERSION"
}

# Debian ships Python without the part that makes environments.
install_venv() {
    PACKAGE=$BASE_PYTHON-venv
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
        fail "Python cannot make virtual environments here. As root: apt-get install $PACKAGE"
    say "Installing $PACKAGE"
    quietly apt-get update -qq
    quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$PACKAGE"
}

find_chromium() {
    command -v chromium >/dev/null && return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "Installing chromium"
        quietly apt-get update -qq
        quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
    else
        say "No chromium on the PATH, so nothing is tried in a real browser. As root:" \
            "apt-get install chromium"
    fi
}

find_redis() {
    command -v redis-server >/dev/null && return
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        say "Installing redis-server"
        quietly apt-get update -qq
        quietly env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq redis-server
        # Nothing of it is to run but what the tests start themselves. Where there is systemd, or no
        # `runlevel`, the line above does not see to that.
        quietly sh -c 'invoke-rc.d redis-server stop || :; update-rc.d redis-server disable || :'
    else
        say "No redis-server on the PATH, so no real broker is killed. As root:" \
            "apt-get install redis-server"
    fi
}

start_database() { serve_database "${LEJAR_HOME:-$LEJAR}" shopify_app.embedded start; }

test_database() { serve_database "$LEJAR/tests" tests.database; }

# HOME MODULE [COMMAND]: the module starts the server of that home and prints its address.
serve_database() {
    [ -n "${DATABASE_URL-}" ] && return
    HOME_OF_SERVER=$1
    shift
    case $HOME_OF_SERVER in
    *[[:space:]]*) fail "The embedded PostgreSQL cannot live in a folder with a space in its name:" \
        "$HOME_OF_SERVER. Move the checkout, or set DATABASE_URL." ;;
    esac
    if database_runs; then STARTED=; else STARTED=yes; fi
    [ -z "$STARTED" ] || say "Starting the embedded PostgreSQL"
    DATABASE_URL=$("$PYTHON" -m "$@" "$HOME_OF_SERVER") ||
        fail "The embedded PostgreSQL did not start; its log lies in $HOME_OF_SERVER/postgres"
    export DATABASE_URL
}

database_runs() {
    PID=$(head -n 1 "$HOME_OF_SERVER/postgres/postmaster.pid" 2>/dev/null) &&
        kill -0 "$PID" 2>/dev/null
}

stop_database() {
    [ -z "${STARTED-}" ] || "$PYTHON" -m shopify_app.embedded stop "$HOME_OF_SERVER" >/dev/null
    STARTED=
}
