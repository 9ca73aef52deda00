# Sourced by `make test`: finds or starts PostgreSQL, Redis and Chromium for the tests.
# Installs them where it may (root on Debian); otherwise says in one line what is left out.
# With CI=true nothing may be left out.

left_out=""

have() { command -v "$1" >/dev/null 2>&1; }

may_install() { [ "$(id -u)" = 0 ] && have apt-get; }

install_packages() {
  may_install || return 1
  echo "Memasang $* ..."
  apt-get install -y -qq "$@" >/dev/null 2>&1 ||
    { apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq "$@" >/dev/null 2>&1; }
}

postgres_answers() {
  .venv/bin/python -c "import psycopg,sys; psycopg.connect(sys.argv[1] + '/postgres', connect_timeout=2)" \
    "$1" >/dev/null 2>&1
}

start_postgres() {
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
  [ -n "$bin" ] || { have initdb && bin=$(dirname "$(command -v initdb)"); }
  [ -n "$bin" ] || return 1
  folder="$PWD/var/pg"
  as=""
  if [ "$(id -u)" = 0 ]; then # initdb refuses root
    folder=/var/tmp/kopdiklat-test-pg
    as="setpriv --reuid=postgres --regid=postgres --init-groups"
    mkdir -p "$folder" && chown postgres "$folder"
  fi
  mkdir -p "$folder"
  [ -d "$folder/data" ] ||
    $as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  $as "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-p 5544 -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=$folder -c max_connections=200" start >/dev/null
}

if [ -z "${TEST_POSTGRES_URL:-}" ]; then
  for port in 5432 5544; do
    if postgres_answers "postgresql://postgres@127.0.0.1:$port"; then
      TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:$port"
      break
    fi
  done
fi
if [ -z "${TEST_POSTGRES_URL:-}" ]; then
  ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || have initdb || install_packages postgresql || true
  if start_postgres && postgres_answers "postgresql://postgres@127.0.0.1:5544"; then
    TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:5544"
  else
    left_out="$left_out PostgreSQL"
  fi
fi
export TEST_POSTGRES_URL

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ] && install_packages chromium; then chromium=$(command -v chromium || true); fi
[ -n "$chromium" ] || left_out="$left_out Chromium"
export TEST_CHROMIUM="$chromium"

have pdftotext || install_packages poppler-utils || left_out="$left_out poppler-utils"

if [ -n "$left_out" ]; then
  echo "Tidak tersedia di mesin ini, jadi tidak diuji:$left_out."
  if [ "${CI:-}" = true ]; then exit 1; fi
fi
true
