#!/bin/sh
# contents.sh DIR: a line for each file below DIR: mode owner group size-or-target sha256 path, sorted by path. Times are left out: what
# differs between two builds of one commit is nothing but those, or it is a finding.
set -eu
cd "$1"
export LC_ALL=C
find . -mindepth 1 -printf '%P\t%y\t%m\t%U\t%G\t%s\t%l\n' | sort | while IFS='	' read -r path type mode uid gid size link; do
	case $type in
	f) sum=$(sha256sum <"$path") sum=${sum%% *} ;;
	l) size=$link sum=- ;;
	*) size=- sum=- ;;
	esac
	printf '%s%s %s %s %s %s %s\n' "$type" "$mode" "$uid" "$gid" "$size" "$sum" "$path"
done
