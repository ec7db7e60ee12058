// Package browserscreen shows the customer's screen of a demo in a browser, as a live picture: what galla-display
// would put on a monitor, drawn by the same Painter from the same Views, without a window, X or a GPU.
//
//	gallad ── View ──▶ viewstream.Client ──▶ display.Painter ──▶ PNG ──▶ GET /picture?after=N ──▶ <img>
//	gallad ◀─ shown ── the browser asks for the next picture, so this one stands in its window
//
// It promises: a picture that gallad has withdrawn, or whose time is over, is replaced in the browser at once; a
// browser that hears nothing for 10 s takes the picture off by itself; gallad hears that a frame is shown only once a
// browser has it, and that nobody looks while no browser asks. Each picture is read back before it is called shown.
//
// It refuses every method but GET and HEAD, and every path but its two. It takes no input and holds no secret: what it
// shows is what any customer at the counter sees. A Screen's methods may be called from any goroutine; Run is called
// once.
package browserscreen
