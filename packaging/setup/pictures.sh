#!/bin/sh
# Writes index.html into the folder of "make pictures": every picture of it, by folder; of the screens a sheet for each size
# and pair of languages, which links to the single ones.
set -eu
cd "$1"
{
	cat <<'HEAD'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Galla in pictures</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem; background: #eef1ee; color: #14201a; }
h2 { margin: 2rem 0 .5rem; }
div { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
figure { margin: 0; max-width: 300px; }
figure.sheet { max-width: 100%; }
img { max-width: 100%; max-height: 420px; background: #fff; border: 1px solid #cfd8d2; }
figcaption { font-size: 12px; overflow-wrap: anywhere; }
</style>
<h1>Galla in pictures</h1>
HEAD
	find . -name '*.png' -printf '%h\n' | LC_ALL=C sort -u | sed 's|^\./||' | while read -r dir; do
		printf '<h2 id="%s">%s</h2>\n' "$dir" "$dir"
		if [ -f "$dir/contact.png" ]; then
			printf '<figure class="sheet"><img loading="lazy" src="%s/contact.png" alt="%s"><figcaption>' "$dir" "$dir"
			for file in "$dir"/*.png; do
				[ "$file" = "$dir/contact.png" ] || printf '<a href="%s">%s</a> ' "$file" "$(basename "$file" .png)"
			done
			printf '</figcaption></figure>\n'
			continue
		fi
		printf '<div>\n'
		for file in "$dir"/*.png; do
			printf '<figure><a href="%s"><img loading="lazy" src="%s" alt=""></a><figcaption>%s</figcaption></figure>\n' "$file" "$file" "$(basename "$file" .png)"
		done
		printf '</div>\n'
	done
} >index.html
echo "$(find . -name '*.png' | wc -l) pictures: $1/index.html"
