// Command galla-display is the customer's screen and, as a process of its own, the voice of the till.
//
//	galla-display [flags]         the screen: full-screen under any X session, no window manager needed
//	galla-display sound [flags]   chime and spoken amount; it may fail and restart without the screen noticing
//
// Both are fed by gallad's socket, hold no secrets and no state, and open nothing else of the network. Both tell
// systemd when they are ready; the screen feeds the watchdog from its frame loop, so a loop that hangs is a display
// that is restarted.
package main
