#!/bin/sh
# As the official image's: a role by its name or by NODE_ROLE, or any command.
set -e
case "${NODE_ROLE:-$1}" in
  nameserver) [ "$1" = nameserver ] && shift; [ "$1" = dummy ] && shift; exec sh ./mqnamesrv "$@" ;;
  broker) [ "$1" = broker ] && shift; [ "$1" = dummy ] && shift; exec sh ./mqbroker "$@" ;;
  dummy) echo "say what to run: sh mqnamesrv, or sh mqbroker -n ADDRESS:9876 [-c FILE]" >&2; exit 2 ;;
  *) exec "$@" ;;
esac
