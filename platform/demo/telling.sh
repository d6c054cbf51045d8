#!/usr/bin/env bash
# How the demos tell what happens: the time since they began, then a sentence. Read by each of them.
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' faint=$'\033[2m' plain=$'\033[0m'; else bold='' faint='' plain=''; fi
began_ms=$(date +%s%3N)
now_ms() { echo $(($(date +%s%3N) - began_ms)); }
seconds() { printf '%d.%02d s' $(($1 / 1000)) $(($1 % 1000 / 10)); }
say() { printf '%s%6s%s  %s\n' "$faint" "$(seconds "$(now_ms)")" "$plain" "$*"; }
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
