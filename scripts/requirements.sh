# shellcheck shell=bash
# What the tests need besides Rust: PostgreSQL 15 or newer, Redis, a C compiler and make (SQLite and the allocator are built from
# source). Found, or installed.
# To be sourced; calls nothing by itself. It knows how to get programs and refuses to know what they are for.
#
# find_postgres, find_redis   set POSTGRES_BIN (a folder) and REDIS_SERVER (a program), or fail
# require_programs            finds all of them, installs what is missing, and ends the script with a reason if it cannot

OLDEST_POSTGRES=15

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

# A folder counts only with all three programs, each answering by name: a stray `postgres` without its initdb is of no use.
is_postgres_bin() {
  local version major
  [ -x "$1/initdb" ] && [ -x "$1/postgres" ] && [ -x "$1/pg_ctl" ] || return 1
  "$1/initdb" --version 2>/dev/null | grep -q '^initdb (PostgreSQL)' || return 1
  "$1/pg_ctl" --version 2>/dev/null | grep -q '^pg_ctl (PostgreSQL)' || return 1
  version=$("$1/postgres" --version 2>/dev/null) || return 1
  major=$(printf '%s' "$version" | sed -n 's/^postgres (PostgreSQL) \([0-9][0-9]*\).*/\1/p')
  [ -n "$major" ] && [ "$major" -ge "$OLDEST_POSTGRES" ]
}

find_postgres() {
  local folder found=
  # Globs sort by name, so the last hit is the newest of the two-digit versions there are.
  for folder in /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/lib/postgresql/*/bin; do
    if is_postgres_bin "$folder"; then found=$folder; fi
  done
  if [ -z "$found" ] && folder=$(command -v initdb); then
    folder=$(dirname "$folder")
    if is_postgres_bin "$folder"; then found=$folder; fi
  fi
  # shellcheck disable=SC2034 # read by those who source this file
  POSTGRES_BIN=$found
  [ -n "$found" ]
}

find_redis() {
  local name
  for name in redis-server valkey-server; do
    REDIS_SERVER=$(command -v "$name") || continue
    if "$REDIS_SERVER" --version 2>/dev/null | grep -Eq '^(Redis|Valkey) server v=([6-9]|[1-9][0-9])'; then return 0; fi
  done
  REDIS_SERVER=
  return 1
}

# A compiler without the C library's headers is the usual half-installed state, so a program is really built.
has_compiler() {
  local folder status=0
  folder=$(mktemp -d) || return 1
  printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' > "$folder/probe.c"
  "${CC:-cc}" -o "$folder/probe" "$folder/probe.c" > /dev/null 2>&1 || status=1
  rm -rf "$folder"
  return "$status"
}

# Runs a command as root: directly, or by a sudo that asks nothing.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_be_root() {
  [ "$(id -u)" = 0 ] || { command -v sudo > /dev/null && sudo -n true 2> /dev/null; }
}

# Installs Debian packages without letting any of them start a server: the tests start their own, elsewhere.
# A subshell, so that its trap takes the policy file away again however the installation ends.
install_packages() (
  policy=/usr/sbin/policy-rc.d cluster=/etc/postgresql-common/createcluster.conf
  get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold)
  say "installing: $*"
  if [ ! -e "$policy" ]; then
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
    as_root chmod 755 "$policy"
  fi
  case " $* " in
    *" postgresql "*)
      if [ ! -e "$cluster" ]; then
        as_root mkdir -p "$(dirname "$cluster")"
        printf '%s\n' '# No cluster at installation: the tests of patient-tracker only need the programs.' \
          'create_main_cluster = false' | as_root tee "$cluster" > /dev/null
      fi
      ;;
  esac
  # A failed update is not the end: the lists at hand may do.
  as_root "${get[@]}" update >&2 || say "apt-get update failed; going on"
  as_root "${get[@]}" -y install --no-install-recommends "$@" >&2 || exit 1
  # A package's unit would come up at the next boot although nobody wanted a server.
  if command -v systemctl > /dev/null; then
    case " $* " in *" postgresql "*) as_root systemctl -q disable postgresql.service > /dev/null 2>&1 || true ;; esac
    case " $* " in *" redis-server "*) as_root systemctl -q disable redis-server.service > /dev/null 2>&1 || true ;; esac
  fi
)

require_programs() {
  local packages=()
  find_postgres || packages+=(postgresql)
  find_redis || packages+=(redis-server)
  has_compiler || packages+=(gcc libc6-dev)
  command -v make > /dev/null || packages+=(make)
  if [ "${#packages[@]}" -gt 0 ]; then
    local what="PostgreSQL $OLDEST_POSTGRES or newer, Redis 6 or newer, a C compiler and make are needed; missing here: ${packages[*]}"
    command -v apt-get > /dev/null || die "$what. Install them with this system's package manager and run again."
    can_be_root || die "$what. Run: sudo apt-get install --no-install-recommends ${packages[*]}"
    install_packages "${packages[@]}" || die "$what, and installing failed (see above)"
  fi
  find_postgres || die "no PostgreSQL $OLDEST_POSTGRES or newer: neither in /usr/lib/postgresql/*/bin nor on the PATH is a whole one"
  find_redis || die "no redis-server (6 or newer) on the PATH"
  has_compiler || die "the C compiler (${CC:-cc}) cannot build a program"
}
