# Sourced by mqnamesrv and mqbroker.

# The value of a key in a properties file, the last line winning; nothing when there is none.
setting() {
  sed -n "s/^[[:space:]]*$2[[:space:]]*[=:][[:space:]]*//p" "$1" 2>/dev/null | tail -n 1 | tr -d '[:space:]'
}

# run ROLE PORT ARGUMENTS…: becomes the server, so that a stop reaches it. Tells the health check where to ask.
run() {
  role=$1 port=$2
  shift 2
  file='' previous=''
  for argument in "$@"; do
    case "$previous" in -c | --configFile) file=$argument ;; esac
    case "$argument" in --configFile=*) file=${argument#*=} ;; esac
    previous=$argument
  done
  address=127.0.0.1
  if [ -n "$file" ]; then
    given=$(setting "$file" listenPort)
    [ -n "$given" ] && port=$given
    given=$(setting "$file" bindAddress)
    case "$given" in '' | 0.0.0.0 | ::) ;; *) address=$given ;; esac
  fi
  echo "$role $address $port" >/tmp/rocketmq-health
  cd "$HOME" || exit 1
  server=$ROCKETMQ_HOME/lib/RocketAspire.Server
  if [ -x "$server" ]; then exec "$server" "$role" "$@"; fi
  exec dotnet "$server.dll" "$role" "$@"
}
