#!/bin/sh
# Puts this host's settings, units and folders in place. Starts nothing; may be run again at any time.
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
arguments '' "$@"

# What is already as it should be stays untouched; what differs is kept beside the new one.
put() {
  if [ -f "$2" ] && cmp -s "$1" "$2"; then
    echo "unchanged $2"
  else
    [ ! -f "$2" ] || cp -p "$2" "$2.previous"
    cp "$1" "$2.new"
    chmod "$3" "$2.new"
    mv "$2.new" "$2"
    echo "written   $2"
  fi
}

# Copies a file whose absolute paths go below PREFIX.
put_placed() {
  placed=$(mktemp)
  sed -e "s|=/data/rocketmq|=$PREFIX/data/rocketmq|" -e "s|^ROCKETMQ_HOME=.*|ROCKETMQ_HOME=$ROCKETMQ_HOME|" "$1" >"$placed"
  put "$placed" "$2" "$3"
  rm -f "$placed"
}

case $PREFIX in
  '' | /*) ;;
  *) die "PREFIX: '$PREFIX' is not an absolute path" ;;
esac
# Settings that somebody set before on this host win over the published ones, except when the call names another.
if [ -z "${ROCKETMQ_HOME:-}" ]; then
  ROCKETMQ_HOME=$(sed -n 's/^ROCKETMQ_HOME=//p' "$([ -f "$etc/rocketmq.env" ] && echo "$etc/rocketmq.env" || echo "$here/rocketmq.env")")
fi
case $PREFIX$ROCKETMQ_HOME in
  *[\|\&\\\ ]*) die "PREFIX and ROCKETMQ_HOME: no blank, |, & and \\ is allowed in them" ;;
esac
while read -r _ launcher _; do
  [ -f "$ROCKETMQ_HOME/bin/$launcher" ] || die "ROCKETMQ_HOME: there is no $ROCKETMQ_HOME/bin/$launcher; unpack Apache RocketMQ there or set ROCKETMQ_HOME"
done <"$here/nodes.txt"

if [ -z "$PREFIX" ] && [ "$(id -u)" = 0 ] && ! id "$ROCKETMQ_USER" >/dev/null 2>&1; then
  useradd --system --user-group --home-dir "$home" --shell /usr/sbin/nologin "$ROCKETMQ_USER"
  echo "written   user $ROCKETMQ_USER"
fi
mkdir -p "$etc" "$programs" "$home" "$pids" "$data"
if [ -z "$PREFIX" ] && [ "$(id -u)" = 0 ]; then
  chown "$ROCKETMQ_USER" "$home" "$pids" "$data"
fi

put "$here/run-node.sh" "$programs/run-node.sh" 755
# Heaps are this host's own matter once they are there.
if [ -f "$etc/rocketmq.env" ] && [ "$(sed -n 's/^ROCKETMQ_HOME=//p' "$etc/rocketmq.env")" = "$ROCKETMQ_HOME" ]; then
  echo "kept      $etc/rocketmq.env"
elif [ -f "$etc/rocketmq.env" ]; then
  put_placed "$etc/rocketmq.env" "$etc/rocketmq.env" 644
else
  put_placed "$here/rocketmq.env" "$etc/rocketmq.env" 644
fi
while read -r name _ conf _; do
  put_placed "$here/conf/$conf" "$etc/$conf" 644
  if [ "$systemd" = yes ]; then
    put "$here/systemd/$(unit_of "$name")" "$units/$(unit_of "$name")" 644
  fi
done <"$here/nodes.txt"
if [ "$systemd" = yes ]; then
  systemctl daemon-reload
  while read -r name _; do
    systemctl enable --quiet "$(unit_of "$name")"
  done <"$here/nodes.txt"
fi
echo "installed; next: start.sh"
