#!/bin/sh
# A worker that starts, listens and never says hello.
while read -r line; do :; done
