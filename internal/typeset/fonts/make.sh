#!/bin/sh
# Makes the font files of this folder: subsets of Noto Sans (OFL-1.1), one script each, Regular and Bold.
# Needs npm, hb-subset and fontTools (Debian: libharfbuzz-bin, python3-fonttools). Run it here only to add a script or to take a newer Noto;
# the files are committed, and the golden glyph ids of ../testdata and the pictures of display change with them.
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Kept: the script's own block, the dandas, joiners and dotted circle. Digits of the script stay, for shop names.
# Latin keeps Latin-1, Extended-A, general punctuation, ₹, ™ and the minus.
# Hints are dropped (nothing here is hinted); the box of a missing letter is kept, so that a gap is seen.
subset() { # package@version family ranges
	tgz=$(cd "$dir" && npm pack --silent "@expo-google-fonts/$1")
	tar -xzf "$dir/$tgz" -C "$dir"
	for weight in 400Regular 700Bold; do
		hb-subset --no-hinting --notdef-outline --unicodes="$3" \
			--output-file="$2_${weight#?00}.ttf" "$dir/package/$weight/$2_$weight.ttf"
	done
	[ -f OFL.txt ] || sed 1,2d "$dir/package/LICENSE_FONT" >OFL.txt
	sed -n 1p "$dir/package/LICENSE_FONT" >>"$dir/copyrights"
	rm -rf "$dir/package"
}
rm -f OFL.txt *.ttf

common=20,25cc,964-965,200c-200d
subset noto-sans@0.4.2            NotoSans           20-7e,a0-17f,200c-200d,2010-2027,2030-203a,20ac,20b9,2122,2212,25cc
subset noto-sans-devanagari@0.4.1 NotoSansDevanagari $common,900-97f
subset noto-sans-bengali@0.4.4    NotoSansBengali    $common,980-9ff
subset noto-sans-gurmukhi@0.4.1   NotoSansGurmukhi   $common,a00-a7f
subset noto-sans-gujarati@0.4.2   NotoSansGujarati   $common,a80-aff
subset noto-sans-oriya@0.4.2      NotoSansOriya      $common,b00-b7f
subset noto-sans-tamil@0.4.3      NotoSansTamil      $common,b80-bff
subset noto-sans-telugu@0.4.2     NotoSansTelugu     $common,c00-c7f
subset noto-sans-kannada@0.4.3    NotoSansKannada    $common,c80-cff
subset noto-sans-malayalam@0.4.2  NotoSansMalayalam  $common,d00-d7f

/usr/bin/python3 coverage.py *.ttf # Debian's python3, which has fontTools

{ sort -u "$dir/copyrights"; echo; cat OFL.txt; } >"$dir/OFL.txt"
mv "$dir/OFL.txt" OFL.txt
