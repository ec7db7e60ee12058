#!/bin/sh
# Makes the README's pictures, packaging/docs/pictures, from those of "make pictures", as packaging/docs/pictures/list says: few
# colours and small, so that a clone stays light.
set -eu
from=build/pictures
to=packaging/docs/pictures
grep -v '^#' "$to/list" | while read -r name width source; do
	[ -n "$name" ] || continue
	set -- "$from"/$source
	[ -f "$1" ] || { echo "$from/$source is not there: make pictures first" >&2; exit 1; }
	convert "$1" -resize "$width>" -strip +dither -colors 48 -define png:compression-level=9 "PNG8:$to/$name.png"
done
ls -l "$to"/*.png
