#!/usr/bin/env bash
# Installs Podman on a Debian machine without systemd, for the tests that run nodes as containers, and sees that it answers. Does
# nothing where a container engine answers already. Changes the machine, so it is only run by .ci/run in CI, or by who wants it: as root.
set -euo pipefail

for engine in docker podman; do
  if "$engine" info >/dev/null 2>&1 && command -v busybox >/dev/null; then
    echo "containers: $engine answers"
    exit 0
  fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "containers: no engine answers, and Podman is only installed as root with apt-get; tests that need one skip"
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# busybox-static is the shell of docker/build.sh's image.
apt-get install -y -qq --no-install-recommends podman runc netavark aardvark-dns iptables busybox-static >/dev/null
conf=/etc/containers/containers.conf
if [ ! -e "$conf" ]; then
  mkdir -p "$(dirname "$conf")"
  # Neither systemd nor its journal is taken for granted, and limits must not exceed those of a container that CI itself runs in.
  cat >"$conf" <<'C'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
C
fi
if podman info >/dev/null 2>&1; then
  echo "containers: podman answers"
else
  echo "containers: podman was installed but doesn't answer: $(podman info 2>&1 | tail -n 1)"
fi
