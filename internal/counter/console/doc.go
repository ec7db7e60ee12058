// Package console holds the web console: plain pages, scripts and words, embedded as they stand in page/. There is no
// build step: what a browser gets is what the repository holds.
//
//	page/index.html   the frame
//	page/style.css    dark and light; page/tokens.css has its sizes and colours
//	page/app.js       pages, feed and keyboard joined
//	page/api.js       calls with idempotency keys; the feed with resume
//	page/sw.js        keeps these files, so that the console opens while the box restarts
//	page/words/*.js   the words, one file a language
//	page/*.js         the rest, a noun each, which the file's first line explains; of them till, history, day, box,
//	                  health and mandates are pages, and signin is in their place until somebody is let in
//
// It promises: nothing is loaded from anywhere else (the Content-Security-Policy forbids it); text is put in as text,
// never as HTML; no secret is kept where a script can read it.
package console
