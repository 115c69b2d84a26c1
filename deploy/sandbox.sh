#!/bin/sh
# Gives the stand-ins of the sandbox profile access to a gateway that has its database already.
#
#   deploy/sandbox.sh [FOLDER]     where the secrets are; default: deploy/secrets beside this script
#
# AMTSBOTE is the command that reaches the gateway's command line; by default one of its containers.
set -eu

folder=${1:-$(dirname "$0")/secrets}
amtsbote=${AMTSBOTE:-docker compose run --rm --no-deps migrate}

# The key is the only value of the answer that begins with `ab_`.
issue() {
  # shellcheck disable=SC2086 - a command with its arguments
  $amtsbote systems add "$@" --output json | sed -n 's/.*"\(ab_[^"]*\)".*/\1/p'
}

trade=$(issue sandbox-trade --destination gewerbeamt --destination kammer-cottbus)
real_estate=$(issue sandbox-real-estate --destination liegenschaften)
registration=$(issue sandbox-registration --destination einwohner --destination einwohner-test --destination einwohner-herzberg)
civil_status=$(issue sandbox-civil-status --destination standesamt)
finance=$(issue sandbox-finance --destination finanzen)
[ -n "$trade" ] && [ -n "$real_estate" ] && [ -n "$registration" ] && [ -n "$civil_status" ] && [ -n "$finance" ] || { echo "The gateway gave no keys." >&2; exit 1; }

umask 077
cat >"$folder/sandbox.env" <<END
AMTSBOTE_SANDBOX_TRADE_KEY=$trade
AMTSBOTE_SANDBOX_REAL_ESTATE_KEY=$real_estate
AMTSBOTE_SANDBOX_REGISTRATION_KEY=$registration
AMTSBOTE_SANDBOX_CIVIL_STATUS_KEY=$civil_status
AMTSBOTE_SANDBOX_FINANCE_KEY=$finance
AMTSBOTE_SANDBOX_AMQP_URL=$(cat "$folder/broker_url")
END
echo "Access of the sandbox is in $folder/sandbox.env"
