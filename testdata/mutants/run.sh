#!/bin/sh
# Breaks the rules of the supervisor one by one; its tests must notice each time.
# Arguments are parts of the names of mutants in list.txt.
cd "$(dirname "$0")/../.." && exec go run ./testdata/mutants "$@"
