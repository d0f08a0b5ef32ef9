#!/usr/bin/env bash
# Builds an image of our own engine, laid out like apache/rocketmq's, from what this machine has: nothing is pulled.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'U'
usage: docker/build.sh [--tag NAME] [--version V] [--engine docker|podman] [--base IMAGE] [--server DIR]

  --tag NAME      the image's name (default localhost/rocketaspire)
  --version V     the version of RocketMQ whose paths are taken: /home/rocketmq/rocketmq-V (default: as the AppHost takes)
  --engine NAME   docker or podman (default: the first that answers)
  --base IMAGE    an image with glibc, libstdc++, OpenSSL and a shell to build on, such as
                  mcr.microsoft.com/dotnet/runtime-deps:10.0 (default: none; shell and libraries are this machine's)
  --server DIR    a built server (bin/…/net10.0) to take, with this machine's .NET, instead of publishing one
U
}

version=$(sed -n 's/.* ImageTag = "\(.*\)".*/\1/p' src/RocketAspire.Hosting/Engines/RocketMQImages.cs)
tag=localhost/rocketaspire engine='' base='' server=''
while [ $# -gt 0 ]; do
  case "$1" in
    --tag | --version | --engine | --base | --server)
      [ $# -ge 2 ] || { echo "$1: a value is missing" >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "$1: there is no such switch (see docker/build.sh --help)" >&2; exit 2 ;;
  esac
done

if [ -z "$engine" ]; then
  for candidate in docker podman; do
    if "$candidate" info >/dev/null 2>&1; then engine=$candidate; break; fi
  done
fi
[ -n "$engine" ] || { echo "neither docker nor podman answers: start one of them, or install Podman" >&2; exit 2; }

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
root=$context/root home=$context/home/rocketmq
lib=$home/rocketmq-$version/lib
mkdir -p "$root" "$home/rocketmq-$version/bin" "$home/store" "$home/logs" "$lib"

# The server with its own .NET where the runtime can be restored, with this machine's otherwise.
if [ -n "$server" ]; then
  [ -f "$server/RocketAspire.Server.dll" ] || { echo "--server $server: there is no RocketAspire.Server.dll" >&2; exit 2; }
  cp -r "$server"/. "$lib"
elif rid=linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')
  ! dotnet publish src/RocketAspire.Server -c Release -r "$rid" --self-contained -p:PublishReadyToRun=true -v q --nologo -o "$lib" >"$context/log" 2>&1
then
  rm -rf "$lib"
  dotnet publish src/RocketAspire.Server -c Release -v q --nologo -o "$lib" >"$context/log" 2>&1 || { tail -n 5 "$context/log" >&2; exit 1; }
fi
if [ ! -f "$lib/libcoreclr.so" ]; then
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  # A script that stands before the real one is asked where that is.
  [ -d "$dotnet/shared" ] || dotnet=$(dotnet --info | sed -n 's/.*Microsoft\.NETCore\.App .*\[\(.*\)\/shared\/.*/\1/p' | tail -n 1)
  runtime=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[^ ]*\).*/\1/p' | tail -n 1)
  into=$root/usr/share/dotnet
  mkdir -p "$into/shared/Microsoft.NETCore.App" "$into/shared/Microsoft.AspNetCore.App" "$root/usr/bin"
  cp "$dotnet/dotnet" "$into"
  cp -r "$dotnet/host" "$into"
  cp -r "$dotnet/shared/Microsoft.NETCore.App/$runtime" "$into/shared/Microsoft.NETCore.App"
  cp -r "$dotnet/shared/Microsoft.AspNetCore.App/$runtime" "$into/shared/Microsoft.AspNetCore.App"
  ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
fi
# For debuggers only, or for tracers that aren't in the image.
find "$context" \( -name '*.pdb' -o -name 'RocketAspire.*.xml' -o -name 'libmscordbi.so' -o -name 'libmscordaccore.so' \
  -o -name 'libcoreclrtraceptprovider.so' -o -name createdump -o -name 'libclrgc*.so' \) -delete
chmod -R u+rwX,go+rX "$context"
cp docker/commands/* "$home/rocketmq-$version/bin"

# Without a base image: this machine's shell and the libraries that .NET loads.
if [ -z "$base" ]; then
  shell=$(command -v busybox || true)
  if [ -z "$shell" ] || ldd "$shell" 2>&1 | grep -q '=>'; then
    echo "a static busybox is needed for the image's shell: install busybox-static, or name a base image with --base" >&2
    exit 2
  fi
  mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/dev/shm" "$root/proc" "$root/sys"
  chmod 1777 "$root/tmp"
  cp "$shell" "$root/bin/busybox"
  "$shell" --list | grep -vx busybox | while read -r name; do ln -s busybox "$root/bin/$name"; done
  ln -s busybox "$root/bin/bash"
  printf 'root:x:0:0:root:/root:/bin/sh\nrocketmq:x:3000:3000::/home/rocketmq:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nrocketmq:x:3000:\n' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  {
    find "$context" -type f \( -name '*.so' -o -name dotnet -o -name RocketAspire.Server \) -exec ldd {} \; 2>/dev/null |
      sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*ld-linux[^ ]*\) .*/\1/p'
    # Opened by name at run time, for TLS.
    ldconfig -p 2>/dev/null | sed -n 's/.*lib\(ssl\|crypto\)\.so\.[13][0-9.]* .*=> //p'
  } | sort -u | grep -v "^$context" | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
fi

before=$("$engine" image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
release=$(sed -n 's/.*<Version>\(.*\)<\/Version>.*/\1/p' Directory.Build.props)
format=()
# Podman's own format has no health checks, and its layers would stay beside the image.
case "$("$engine" --version)" in podman*) format=(--format docker --layers=false) ;; esac
"$engine" build -q "${format[@]}" --build-arg "BASE=${base:-scratch}" --build-arg "VERSION=$version" --build-arg "RELEASE=$release" \
  -t "$tag" -f docker/Containerfile "$context" >/dev/null
after=$("$engine" image inspect --format '{{.Id}}' "$tag")
# The one that bore the name before has none now; one that a container still uses stays.
[ -z "$before" ] || [ "$before" = "$after" ] || "$engine" rmi "$before" >/dev/null 2>&1 || true
echo "$tag: $("$engine" image inspect --format '{{.Size}}' "$tag" | awk '{ printf "%.0f MB", $1 / 1000000 }')"
