#!/bin/sh
# Becomes one node: run-node.sh mqnamesrv|mqbroker FILE. Its unit and start.sh both start it this way.
set -eu
launcher=$1
conf=$2
# shellcheck source=/dev/null
. "$(dirname -- "$conf")/rocketmq.env"
case $launcher in
  mqnamesrv) options=$NAMESRV_JAVA_OPTS ;;
  *) options=$BROKER_JAVA_OPTS ;;
esac
# Put behind the distribution's own options, where the last one counts. Logs go to user.home/logs/rocketmqlogs.
JAVA_OPT_EXT="$options -Duser.home=$(CDPATH='' cd -- "$(dirname -- "$conf")/../../var/lib/rocketmq" && pwd)"
export ROCKETMQ_HOME JAVA_OPT_EXT
[ -z "${JAVA_HOME:-}" ] || export JAVA_HOME
exec sh "$ROCKETMQ_HOME/bin/$launcher" -c "$conf"
