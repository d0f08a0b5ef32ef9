#!/bin/sh
# The first process of a container: run-node.sh mqnamesrv|mqbroker|mqproxy ARGUMENTS.
# RocketMQ's launchers are shells that don't pass TERM on, so a stopped JVM would be killed before it flushed its log:
# the launcher gets a process group of its own, the whole group gets the signal, and the container lives as long as the group.
set -u
launcher=$1
shift
# A container's address is known when it runs, and RocketMQ tells clients addresses, not names: it is put behind the settings,
# unless they name one. The file is a copy, so that settings can be changed at run time.
if [ "$launcher" = mqbroker ]; then
  address=${POD_IP:-$(hostname -i)}
  {
    cat "$2"
    for key in brokerIP1 brokerIP2; do
      grep -q "^$key=" "$2" || echo "$key=${address%% *}"
    done
  } >"$HOME/broker.properties" || exit 1
  shift 2
  set -- -c "$HOME/broker.properties" "$@"
fi
setsid sh "$ROCKETMQ_HOME/bin/$launcher" "$@" &
node=$!
trap 'kill -s TERM -- "-$node" 2>/dev/null' TERM INT
wait "$node"
status=$?
while kill -s 0 -- "-$node" 2>/dev/null; do
  sleep 1
done
exit "$status"
