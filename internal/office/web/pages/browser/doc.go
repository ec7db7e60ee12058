// Package browser tries the office's pages in Debian's Chromium, with axe, as galla/internal/counter/browser does the
// console's, whose kit and whose node modules it uses. Its tests have the tag browser.
package browser
