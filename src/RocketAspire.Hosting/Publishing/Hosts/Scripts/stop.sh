#!/bin/sh
# Stops this host's nodes, or the ones named: brokers first, name servers last. What doesn't run is left alone.
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
arguments ' [NODE...]' "$@"

# A broker flushes its log and tells its name servers before it ends.
STOP_SECONDS=${STOP_SECONDS:-120}

end() {
  name=$1 conf=$2
  if [ "$systemd" = yes ]; then
    if systemctl is-active --quiet "$(unit_of "$name")"; then
      systemctl stop "$(unit_of "$name")"
      echo "$name is stopped"
    else
      echo "$name does not run"
    fi
    return
  fi
  if ! group=$(group_of "$name" "$conf"); then
    rm -f "$pids/$name.pid"
    echo "$name does not run"
    return
  fi
  # To the whole group: RocketMQ's shells don't pass signals on to the JVM.
  kill -s TERM -- "-$group"
  waited=0
  while kill -s 0 -- "-$group" 2>/dev/null; do
    if [ "$waited" -ge "$STOP_SECONDS" ]; then
      printf '%s: %s still runs after %s s; the last resort is: kill -s KILL -- -%s\n' "${0##*/}" "$name" "$STOP_SECONDS" "$group" >&2
      exit 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
  rm -f "$pids/$name.pid"
  echo "$name is stopped"
}

# nodes.txt names what is to be started first: backwards for stopping.
sed '1!G;h;$!d' "$here/nodes.txt" | while read -r name _ conf _; do
  is_wanted "$name" || continue
  end "$name" "$conf"
done
