#!/bin/bash
# Whether the process behind a port of this container speaks its protocol: health.sh remoting|http|http2 PORT.
# mqadmin would start a JVM for every look; bash opens the connection itself.
exec 3<>"/dev/tcp/127.0.0.1/$2" || exit 1
case $1 in
  remoting)
    # A name server is asked for its settings (319), a broker for its own (26); the answer carries the question's number,
    # whether it is the settings or, with access control, a refusal.
    code=26
    [ "${3:-}" != namesrv ] || code=319
    header='{"code":'$code',"flag":0,"language":"OTHER","opaque":4711,"serializeTypeCurrentRPC":"JSON","version":0}'
    # Total length, then the header's: four bytes each, and both lengths are below 256.
    # shellcheck disable=SC2059 # The escapes are the format.
    printf "\\0\\0\\0\\x$(printf %02x $((${#header} + 4)))\\0\\0\\0\\x$(printf %02x ${#header})%s" "$header" >&3
    while IFS= read -r -t 3 -d '}' part <&3; do
      case $part in *'"opaque":4711'*) exit 0 ;; esac
    done
    exit 1
    ;;
  http)
    printf 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
    read -r -t 3 line <&3
    case $line in *' 200'* | *' 30'*) exit 0 ;; esac
    exit 1
    ;;
  http2)
    # The client's preface with empty settings; a gRPC server answers with its own, frame type 4.
    printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0' >&3
    frame=$(timeout 3 head -c 4 <&3 | od -An -tx1)
    case $frame in *' 04') exit 0 ;; esac
    exit 1
    ;;
esac
exit 2
