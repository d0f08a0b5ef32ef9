# shellcheck shell=sh disable=SC2034
# What install.sh, start.sh and stop.sh share; they read it from their own folder.
#
#   PREFIX          everything goes below this folder instead of /: a try without root and without systemd
#   ROCKETMQ_HOME   the unpacked distribution of Apache RocketMQ (else what rocketmq.env says)
#   ROCKETMQ_USER   who runs the nodes (default rocketmq; with PREFIX whoever calls)
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PREFIX=${PREFIX:-}
etc=$PREFIX/etc/rocketmq
programs=$PREFIX/usr/local/lib/rocketmq
home=$PREFIX/var/lib/rocketmq
data=$PREFIX/data/rocketmq
pids=$home/run
units=/etc/systemd/system
nodes=
systemd=yes
[ -z "$PREFIX" ] || systemd=no
ROCKETMQ_USER=${ROCKETMQ_USER:-$([ -n "$PREFIX" ] && id -un || echo rocketmq)}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

usage() {
  printf 'usage: %s [--no-systemd]%s\n' "${0##*/}" "$1"
  printf 'environment: PREFIX, ROCKETMQ_HOME, ROCKETMQ_USER (see README.md)\n'
}

# The command line; what isn't a switch is a node's name.
arguments() {
  takes=$1
  shift
  for argument; do
    case $argument in
      --no-systemd) systemd=no ;;
      -h | --help)
        usage "$takes"
        exit 0
        ;;
      -*) die "unknown switch '$argument' (see --help)" ;;
      *)
        [ -n "$takes" ] || die "'$argument' is no switch (see --help)"
        grep -q "^$argument " "$here/nodes.txt" || die "there is no node '$argument' on this host; there are $(cut -d ' ' -f 1 "$here/nodes.txt" | tr '\n' ' ')"
        nodes="$nodes $argument"
        ;;
    esac
  done
  if [ "$systemd" = yes ]; then
    [ -d /run/systemd/system ] || die "systemd doesn't run here: use --no-systemd"
    [ "$(id -u)" = 0 ] || die "with systemd this needs root; without root set PREFIX"
  fi
}

# Whether the caller asked for this node: by its name, or by no name at all.
is_wanted() {
  case "$nodes " in
    ' ' | *" $1 "*) return 0 ;;
    *) return 1 ;;
  esac
}

unit_of() {
  echo "rocketmq-$1.service"
}

# The id of the node's process group when it runs (without systemd). An id that somebody else got since then isn't taken for it.
group_of() {
  [ -f "$pids/$1.pid" ] || return 1
  read -r group <"$pids/$1.pid" || return 1
  kill -s 0 -- "-$group" 2>/dev/null || return 1
  tr '\0' '\n' <"/proc/$group/cmdline" 2>/dev/null | grep -qxF -- "$etc/$2" || return 1
  echo "$group"
}

# Whether somebody listens on a TCP port of this machine.
listens() {
  grep -qsE ":$(printf '%04X' "$1") [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6
}
