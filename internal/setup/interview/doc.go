// Package interview asks an owner at the terminal what a new till needs: shop, clock, gateway keys, printer, screen,
// network.
//
//	t := interview.New(ctx, os.Stdin, os.Stdout)
//	answers, err := interview.Ask(t, setup.Standard()) ──▶ setup.Make ──▶ Places.Write
//
// It promises: keys are typed unseen and tried at the gateway, where nothing is changed; a test slip is printed until
// the owner can read it; nothing is written, except the clock where the owner corrects it. Ctrl-C and the end of the
// input answer ErrLeft at every question. A Terminal belongs to one goroutine, and one Terminal reads a file.
//
// It refuses to decide what a config means: package setup checks the answers and writes them.
package interview
