package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"

	"galla/cmd/gallad/journald"
	"galla/internal/copies"
	"galla/state/boltstore"
)

// version is set by the packages' build; otherwise it comes from the module's own stamp.
var version string

const (
	exitDone    = 0
	exitFailed  = 1
	exitDamaged = 2
	// exitReadOnly is carry's: mount the stick writable, and call again.
	exitReadOnly = 73 // EX_CANTCREAT
	exitConfig   = 78 // EX_CONFIG of sysexits.h: restarting won't help
)

// usage is what --help says before the flags.
const usage = `Usage: gallad [COMMAND] [flags] [FILE]

Commands:
  serve              take sales until SIGTERM; what gallad does without a command
  check              read the config and say what it means, without starting anything
  fsck FILE          look at a sales file, or at its hourly copy while gallad has it; --full reads every record
  backup             keep today's copy of the hourly copy of the sales file
  verify             read those copies whole
  salvage FILE NEW   rebuild what can be read of a damaged sales file as NEW
  adopt FILE NEW     put a copy of NEW, a backup or what salvage made, in FILE's place; both are kept
  carry FOLDER NOTE  bring the hourly copy to a stick's folder, and write down how it went (the card image does)
  restore FOLDER     put the newest whole copy of a stick's folder in place, on a box without sales of its own
  offer FOLDER       have the setup page of a new box offer that copy
  compact FILE       give back the room in a sales file that nothing uses; gallad must be stopped
  version            print the version

Flags stand behind the command and before its files:
`

// errConfig marks an error that only a person can cure.
var errConfig = errors.New("configuration")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// alone are the commands that take nothing but flags.
var alone = []string{"serve", "check", "backup", "verify", "version"}

func run(args []string, out, errs io.Writer) int {
	command := "serve"
	if len(args) > 0 && len(args[0]) > 0 && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("gallad "+command, flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() {
		fmt.Fprint(errs, usage)
		flags.PrintDefaults()
	}
	config := flags.String("config", "/etc/galla/gallad.toml", "config `file`")
	secrets := flags.String("secrets", "", "`folder` of gateway keys, for machines without systemd credentials")
	full := flags.Bool("full", false, "fsck: read every record")
	yes := flags.Bool("yes", false, "adopt: go on where something would be lost")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return exitDone
	} else if err != nil {
		return exitConfig
	}

	if slices.Contains(alone, command) && flags.NArg() > 0 {
		fmt.Fprintf(errs, "gallad: %s takes no %q: a command stands before its flags, as in gallad fsck --full FILE\n",
			command, flags.Arg(0))
		return exitConfig
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var err error
	switch command {
	case "serve":
		log := journald.New(errs)
		var given map[string][]net.Listener
		if given, err = activation.ListenersWithNames(); err != nil {
			err = fmt.Errorf("systemd's sockets: %w", err)
			break
		}
		if err = serve(ctx, *config, *secrets, given, log); err != nil {
			err = degraded(ctx, *config, given, err, log)
		}
	case "check":
		err = check(*config, keysAt(*secrets), hookAt(*secrets), out)
	case "fsck":
		if flags.NArg() != 1 {
			err = fmt.Errorf("%w: fsck needs the sales file: gallad fsck /var/lib/galla/sales.db", errConfig)
			break
		}
		err = fsck(flags.Arg(0), *config, *full, out)
	case "backup":
		var look func(string) error
		if look, err = checker(); err == nil {
			err = rotateDaily(*config, look, out)
		}
	case "verify":
		var look func(string) error
		if look, err = reader(out); err == nil {
			err = verify(*config, time.Now(), look, out)
		}
	case "salvage":
		if flags.NArg() != 2 {
			err = fmt.Errorf("%w: salvage needs the damaged file and a new name: gallad salvage sales.db rescued.db",
				errConfig)
			break
		}
		err = rescue(flags.Arg(0), flags.Arg(1), out)
	case "adopt":
		if flags.NArg() != 2 {
			err = fmt.Errorf(
				"%w: adopt needs the sales file and what takes its place: gallad adopt sales.db rescued.db", errConfig)
			break
		}
		var look func(string) error
		if look, err = reader(out); err == nil {
			sure := asks(os.Stdin, out)
			if *yes {
				sure = func(string) bool { return true }
			}
			err = adopt(flags.Arg(0), flags.Arg(1), look, sure, out)
		}
	case "carry", "restore", "offer":
		err = onStick(command, flags.Args(), *config, out)
	case "compact":
		if flags.NArg() != 1 {
			err = fmt.Errorf("%w: compact needs the sales file: gallad compact /var/lib/galla/sales.db", errConfig)
			break
		}
		err = compact(flags.Arg(0), out)
	case "version":
		fmt.Fprintln(out, "gallad", release())
	default:
		err = fmt.Errorf("%w: there is no command %q: use serve, check, fsck, backup, verify, salvage, adopt, carry, "+
			"restore, offer, compact or version", errConfig, command)
	}

	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errConfig):
		fmt.Fprintln(errs, "gallad:", err)
		return exitConfig
	case errors.Is(err, copies.ErrReadOnly):
		return exitReadOnly
	case errors.Is(err, boltstore.ErrDamaged):
		fmt.Fprintln(errs, err)
		return exitDamaged
	}

	fmt.Fprintln(errs, "gallad:", err)
	return exitFailed
}

func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}
