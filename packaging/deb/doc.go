// Command deb builds Galla's Debian packages: "make deb" runs it at the top of the tree.
//
//	go build ──▶ programs ─┐
//	their help ─▶ manuals  ├─▶ build/deb/stage/ARCH ──nfpm──▶ build/deb/galla_VERSION_ARCH.deb …
//	go list ───▶ copyright, SBOM ─┘        ▲
//	                        packaging/debian/*.yaml says what goes where
//
// It promises the same bytes for the same commit, whatever the folder, the time of day, the umask, the locale and the
// time zone: times are the commit's, modes and owners are written down, and nothing of the machine is in a file.
//
// It has a go.mod of its own, so that what builds packages is no part of what runs in a shop.
package main
