package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"galla/display/kiosk"
	"galla/display/kiosk/gl"
)

// version is set by the packages' build; otherwise it comes from the module's own stamp.
var version string

// Exit codes. Systemd starts the display again after each of them.
const (
	exitDone      = 0 // asked to end
	exitFailed    = 1 // the screen or the sound failed
	exitUsage     = 2 // flags
	exitNoDisplay = 3 // no X server, no monitor, or the libraries are missing
)

const defaultSocket = "/run/galla/display.sock"

// errUsage marks an error of the person at the command line; what is wrong has been said.
var errUsage = errors.New("usage")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	var err error
	switch {
	case len(args) > 0 && args[0] == "sound":
		err = sound(ctx, args[1:], stdout, stderr, log)
	case len(args) == 1 && args[0] == "gl": // the screen asks it of a process of its own: a driver may crash
		var v gl.Version
		if v, err = gl.Ask(); err == nil {
			fmt.Fprintln(stdout, v)
		}
	default:
		err = screen(ctx, args, stdout, stderr, log)
	}
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp), errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitDone
	case errors.Is(err, errUsage):
		return exitUsage
	}
	fmt.Fprintln(stderr, "galla-display:", err)
	if errors.Is(err, kiosk.ErrNoDisplay) {
		return exitNoDisplay
	}
	return exitFailed
}

// withoutTime leaves the time to the journal, which has a better one.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// release is the version that -version prints and gallad is told.
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// parse reads flags; what stands behind them is refused.
func parse(f *flag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if f.NArg() > 0 {
		fmt.Fprintf(
			f.Output(),
			"galla-display: unexpected argument %q; the subcommands are \"sound\" and \"gl\", and they come first\n",
			f.Arg(0),
		)
		return errUsage
	}
	return nil
}
