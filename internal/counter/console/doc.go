// Package console holds the web console: plain pages, scripts and words, embedded as they stand in page/. There is no
// build step: what a browser gets is what the repository holds.
//
//	page/index.html   the frame          page/app.js     pages, feed and keyboard joined
//	page/style.css    dark and light     page/api.js     calls with idempotency keys; the feed with resume
//	page/words/*.js   one file a language               page/till.js history.js day.js box.js signin.js one file a
//	                  page
//
// It promises: nothing is loaded from anywhere else (the Content-Security-Policy forbids it); text is put in as text,
// never as HTML; no secret is kept where a script can read it.
package console
