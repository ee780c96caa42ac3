#!/bin/sh
# A worker that never says a sensible word.
printf 'SECRET-GARBAGE \033]52;c;eA==\007 {"type":\n'
while read -r line; do :; done
