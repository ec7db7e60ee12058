package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// Exit codes. Scripts rely on them; 64 and above are those of sysexits.h.
const (
	exitDone       = 0
	exitNotPaid    = 1
	exitUnknown    = 2
	exitUsage      = 64
	exitAway       = 69
	exitFault      = 70
	exitTryLater   = 75
	exitNotAllowed = 77
	exitSetUp      = 78
)

const exitHelp = `

Exit codes: 0 done, or the sale is paid; 1 not paid, or refused as the sale stands, or no printer to print on; 2 ` +
	`not known (interrupted, or the answer got lost: look before you repeat); 64 wrong usage or value; 69 gallad ` +
	`can't be reached; 70 fault; 75 the till can't do it now, try later; 77 not allowed; 78 something is set up ` +
	`wrongly, and waiting doesn't mend it.`

// outcome ends a command with an exit code after everything was said.
type outcome int

func (o outcome) Error() string { return fmt.Sprintf("exit code %d", int(o)) }

// explain prints an error with its remedy, and answers the exit code.
func explain(w io.Writer, err error) int {
	var (
		done  outcome
		usage *usageError
		away  *client.UnreachableError
		lost  *client.LostError
		p     *wire.Problem
	)
	say := func(code int, what, next string) int {
		fmt.Fprintln(w, "galla:", what)
		if next != "" {
			fmt.Fprintln(w, "  next:", next)
		}
		return code
	}
	switch {
	case errors.As(err, &done):
		return int(done)
	case errors.As(err, &usage):
		return say(exitUsage, usage.why, usage.next)
	case errors.As(err, &away):
		next := "Start it (systemctl start gallad), or name its socket with --socket or $GALLA_SOCKET."
		if errors.Is(away, fs.ErrPermission) {
			next = "Join the group galla (usermod -aG galla NAME), then sign in again."
		}
		return say(exitAway, away.Error(), next)
	case errors.Is(err, context.Canceled):
		return say(exitUnknown, "interrupted", "See galla list for how things stand.")
	case errors.As(err, &lost):
		return say(exitUnknown, lost.Error(), "It may or may not be done: see galla list before you repeat it.")
	case errors.As(err, &p):
		return say(problemCode(p), p.Detail, remedy(p))
	}
	return say(exitFault, err.Error(), "")
}

func problemCode(p *wire.Problem) int {
	if p.DetailCode == "problem_nothing_left" { // the sale stands so; the command line may be right
		return exitNotPaid
	}
	switch p.Status {
	case 404, 409:
		return exitNotPaid
	case 401, 403:
		return exitNotAllowed
	case 429, 502, 503:
		return exitTryLater
	case 500:
		return exitFault
	}
	return exitUsage
}
