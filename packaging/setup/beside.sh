#!/bin/sh
# Measures an older commit and this tree side by side: beside.sh COMMIT PACKAGE FILE TEST FLAG VALUE…
# FILE is the test's, and is copied into the older tree. For each VALUE the older one runs first and this one next; lines of
# the test that hold " | " are shown.
set -eu
commit=$1 package=$2 file=$3 test=$4 flag=$5
shift 5
dir=$(mktemp -d)
trap 'git worktree remove --force "$dir/tree" 2>/dev/null; rm -rf "$dir"' EXIT
git worktree add --quiet --detach "$dir/tree" "$commit"
cp "$package/$file" "$dir/tree/$package/$file"
(cd "$dir/tree" && go test -c -o "$dir/before" "$package")
go test -c -o "$dir/after" "$package"
for value; do
	for which in before after; do
		(cd "$package" && "$dir/$which" -test.run "^$test\$" -test.v "$flag" "$value" >"$dir/log" 2>&1) ||
			{ grep -v level= "$dir/log" | tail -n 20; exit 1; }
		sed -n "s/.*_test.go:[0-9]*: | /$which | /p" "$dir/log"
	done
done
