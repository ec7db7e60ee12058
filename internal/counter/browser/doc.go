// Package browser drives the web console with a real browser: a cashier's whole day, at the size of a phone and of a PC,
// with gallad gone and back in between. Its tests have the build tag "browser", because they need Debian's chromium and
// the two npm packages of package.json:
//
//	npm ci --prefix internal/counter/browser
//	go test -tags browser ./internal/counter/browser
//
// Pictures of every state are left in shots/ to be looked at.
package browser
