// Package browser drives the web console with a real browser: a cashier's whole day, at the size of a phone and of a
// PC, with gallad gone and back in between. Chromium has the whole of it, Firefox (by WebDriver BiDi) and WebKit (by
// WebDriver) a shorter day. The tests have the build tag "browser", because they need Debian's chromium, firefox-esr
// and webkit2gtk-driver, and the npm packages of package.json:
//
//	npm ci --prefix internal/counter/browser
//	go test -tags browser ./internal/counter/browser
//
// Pictures of every state are left in shots/ to be looked at.
package browser
