#!/bin/sh
# The image's entry: Dataflow starts it with options for Beam's boot program, all others with a
# command.
set -eu
case "${1:-}" in
  -*) exec /opt/apache/beam/boot "$@" ;;
  *) exec "$@" ;;
esac
