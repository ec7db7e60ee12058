#!/bin/sh
# Runs every fuzz target of the module for so many seconds each: fuzz.sh SECONDS [PACKAGE...]
# A failing input is left under the package's testdata/fuzz; the other targets still run. Exits 1 if any target failed, or if
# there are none.
set -u
seconds=${1:?how many seconds for each target?}
shift
[ $# -gt 0 ] || set -- ./...
cd "$(dirname "$0")/../.." || exit 1
ran=0 failed=""
# Only packages that have a target are compiled.
for dir in $(go list -f '{{.Dir}}' "$@"); do
	grep -qs '^func Fuzz' "$dir"/*_test.go || continue
	package=$(go list "$dir")
	targets=$(go test -list '^Fuzz' "$package" | grep '^Fuzz')
	[ -n "$targets" ] || { failed="$failed $package(does not compile)"; continue; }
	for target in $targets; do
		ran=$((ran + 1))
		# Minimising an interesting input by time starves the search on a small machine; a bounded number of tries does not.
		out=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" -fuzzminimizetime 100x "$package" 2>&1)
		code=$?
		last=$(printf '%s\n' "$out" | grep '^fuzz: elapsed' | tail -1 | sed 's/^fuzz: elapsed: [^,]*, //')
		printf '%-45s %-22s %s\n' "${package#galla/}" "$target" "$last"
		# On a busy machine the clock can run out inside the fuzzer, which then ends with nothing but these words: no input failed.
		if [ $code -ne 0 ] && printf '%s\n' "$out" | grep -q 'context deadline exceeded' && ! printf '%s\n' "$out" | grep -q 'Failing input\|panic:\|_test.go:'; then
			echo "    (ended by the clock, not by an input)"
			code=0
		fi
		if [ $code -ne 0 ]; then
			printf '%s\n' "$out"
			failed="$failed $package:$target"
		fi
	done
done
echo "$ran fuzz targets, $seconds s each"
if [ -n "$failed" ]; then
	echo "FAILED:$failed"
	exit 1
fi
[ $ran -gt 0 ]
