#!/bin/sh
# Installs the servers that the tests need, where that asks nobody's leave: as root on a Debian machine.
# Elsewhere the tests say what they left out, and with CI=true they fail.
set -eu

wanted=""
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
  || [ -n "${AMTSBOTE_TEST_POSTGRES:-}" ] || wanted="postgresql"
ls /usr/lib/rabbitmq/bin/rabbitmq-server >/dev/null 2>&1 || command -v rabbitmq-server >/dev/null \
  || [ -n "${AMTSBOTE_TEST_RABBITMQ:-}" ] || wanted="$wanted rabbitmq-server"
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Not installed here:$wanted. Tests that need them are skipped."
  exit 0
fi

# The packages would start their services at once; the tests start servers of their own instead.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
echo "Installing for the tests: $wanted"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 - a list of package names
apt-get update -qq && apt-get install -y -qq --no-install-recommends $wanted >/dev/null \
  || echo "Could not install: $wanted. Tests that need them are skipped."
