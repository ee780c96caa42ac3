#!/bin/sh
# A worker that starts, listens and never says hello.
exec cat >/dev/null
