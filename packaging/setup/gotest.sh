#!/bin/sh
# Runs go test with the arguments given, shows what failed or was skipped and nothing else, and closes with the count.
# The whole output stays in build/test-NAME.log, NAME being the first argument. A skipped test is named and fails the run:
# nothing reads as a pass that did not run.
set -u
name=$1
shift
mkdir -p build
log=build/test-$name.log
started=$(date +%s)
go test -v "$@" >"$log" 2>&1
status=$?
passed=$(grep -c '^ *--- PASS' "$log")
failed=$(grep -c '^ *--- FAIL' "$log")
skipped=$(grep -c '^ *--- SKIP' "$log")
quiet='^ *--- PASS\|^=== \|^ok \|^PASS$\|no test files'
if [ "$failed" -gt 0 ]; then # the packages that failed, and at the end the names alone
	awk '/^ok / || /^\?/ { part = ""; next } { part = part $0 "\n" } /^FAIL\t/ { printf "%s", part; part = "" }' "$log" | grep -v "$quiet" | tail -n 300
	echo "failed:"
	grep '^ *--- FAIL' "$log"
elif [ $status -ne 0 ]; then # it did not build, or a test ended the program
	failed=1
	grep -v "$quiet" "$log" | tail -n 150
fi
if [ "$skipped" -gt 0 ]; then
	echo "skipped, and so not proved:"
	grep -A2 '^ *--- SKIP' "$log"
	status=1
fi
echo "$name: $(($(date +%s) - started)) s, whole output in $log"
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
