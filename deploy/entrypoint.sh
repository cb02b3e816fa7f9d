#!/bin/sh
# Runs a command with its secrets: NAME_FILE names a file that holds NAME, as compose mounts them.
set -eu

for name in DAGSTER_PG_PASSWORD SAETM_API_KEY SAETM_EXPLORER_TOKEN SAETM_NOTIFY_URL; do
    eval "file=\${${name}_FILE:-}"
    if [ -n "$file" ]; then
        secret=$(cat "$file")
        export "$name=$secret"
    fi
done

exec "$@"
