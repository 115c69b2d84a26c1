#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each random. What exists already stays as it is.
#
#   deploy/secrets.sh [FOLDER]     default: deploy/secrets beside this script
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# The folder keeps others out; the containers' users must be able to read the files mounted from it.
chmod 700 "$folder"
umask 022

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e "$folder/database_url" ]; then
  password=$(random)
  printf '%s' "$password" >"$folder/postgres_password"
  printf 'postgresql://amtsbote:%s@postgres:5432/amtsbote' "$password" >"$folder/database_url"
fi
if [ ! -e "$folder/broker_url" ]; then
  password=$(random)
  printf 'default_user = amtsbote\ndefault_pass = %s\ndefault_vhost = amtsbote\n' "$password" >"$folder/rabbitmq_access.conf"
  printf 'amqp://amtsbote:%s@rabbitmq:5672/amtsbote' "$password" >"$folder/broker_url"
fi
echo "Secrets are in $folder"
