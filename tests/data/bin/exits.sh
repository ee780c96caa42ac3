#!/bin/sh
# A worker that goes before it has said anything.
echo 'cannot find my engine' >&2
exit 3
