#!/bin/sh
# Starts this host's nodes, or the ones named, and waits until each listens. What runs already stays as it is.
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
arguments ' [NODE...]' "$@"

# A broker reads its log's end before it listens; after a crash with a large store that takes minutes.
START_SECONDS=${START_SECONDS:-300}

is_up() {
  if [ "$systemd" = yes ]; then
    systemctl is-active --quiet "$(unit_of "$1")"
  else
    group_of "$1" "$2" >/dev/null
  fi
}

launch() {
  name=$1 launcher=$2 conf=$3
  [ -f "$etc/$conf" ] || die "there is no $etc/$conf: run install.sh first"
  if [ "$systemd" = yes ]; then
    systemctl start "$(unit_of "$name")"
    return
  fi
  mkdir -p "$pids"
  # A session of its own, so that stop.sh reaches the JVM behind RocketMQ's two shells.
  if [ "$(id -u)" = 0 ] && [ "$ROCKETMQ_USER" != root ]; then
    setsid runuser -u "$ROCKETMQ_USER" -- sh "$programs/run-node.sh" "$launcher" "$etc/$conf" >>"$pids/$name.out" 2>&1 </dev/null &
  else
    setsid sh "$programs/run-node.sh" "$launcher" "$etc/$conf" >>"$pids/$name.out" 2>&1 </dev/null &
  fi
  echo $! >"$pids/$name.pid"
}

await() {
  name=$1 conf=$2 port=$3
  waited=0
  # The session's leader becomes the node's shell a moment after it was made.
  until is_up "$name" "$conf" && listens "$port"; do
    if [ "$waited" -ge 2 ] && ! is_up "$name" "$conf"; then
      printf '%s: %s ended at once; see %s\n' "${0##*/}" "$name" "$([ "$systemd" = yes ] && echo "journalctl -u $(unit_of "$name")" || echo "$pids/$name.out")" >&2
      exit 1
    fi
    if [ "$waited" -ge "$START_SECONDS" ]; then
      printf '%s: %s runs, but does not listen on %s after %s s\n' "${0##*/}" "$name" "$port" "$START_SECONDS" >&2
      exit 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
}

while read -r name launcher conf port; do
  is_wanted "$name" || continue
  if is_up "$name" "$conf"; then
    echo "$name runs already"
    continue
  fi
  if listens "$port"; then
    die "port $port of $name is taken by another process"
  fi
  launch "$name" "$launcher" "$conf"
  await "$name" "$conf" "$port"
  echo "$name listens on $port"
done <"$here/nodes.txt"
