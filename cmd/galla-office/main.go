package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"galla/internal/office/joining"
	"galla/internal/office/people"
	"galla/internal/typed"
)

// version is set by the build (-ldflags "-X main.version=…").
var version string

const (
	exitDone   = 0
	exitRefuse = 1  // as things stand
	exitUsage  = 64 // EX_USAGE
	exitFault  = 70 // EX_SOFTWARE: the database can't be reached, or fails
	exitConfig = 78 // EX_CONFIG: restarting won't help
)

// errConfig marks an error that only a person can cure.
var errConfig = errors.New("configuration")

// errUsage marks an error of what was typed, and errSaid an end that a command has explained itself.
var errUsage, errSaid = errors.New("usage"), errors.New("said")

// commands is the command line. A command is added by adding its struct here.
type commands struct {
	Config  string           `help:"Config file." default:"${config}" placeholder:"FILE" env:"GALLA_OFFICE_CONFIG"`
	Secrets string           `help:"${secrets}" placeholder:"FOLDER"`
	As      string           `help:"${as}" placeholder:"NAME" default:"${login}"`
	Version kong.VersionFlag `help:"Print the version."`

	Serve    serveCommand    `cmd:"" help:"Take what boxes report and show it, until SIGTERM."`
	Name     nameCommand     `cmd:"" help:"Name the chain, as a box shows it when it joins."`
	Shop     shopCommand     `cmd:"" help:"The chain's shops."`
	Counter  counterCommand  `cmd:"" help:"The places in a shop where boxes stand."`
	Code     codeCommand     `cmd:"" help:"Make a code with which one box joins at a counter."`
	Terminal terminalCommand `cmd:"" help:"Boxes that joined, or wait for your word."`
	Check    checkCommand    `cmd:"" help:"Hold the database against the boxes' own files."`
	Import   importCommand   `cmd:"" help:"Take a file that a box without a network exported."`
	User     userCommand     `cmd:"" help:"Who may look at the office's pages."`
	Rebuild  rebuildCommand  `cmd:"" help:"Make rows of sales and money again from what boxes sent: after an update."`
	Demo     demoCommand     `cmd:"" help:"Show a chain of three shops on this machine, with a database of its own."`

	Man manCommand `cmd:"" help:"Print the manual page." hidden:""`
}

// help are the texts of flags that are too long for their tags, and defaults.
func help() kong.Vars {
	return kong.Vars{
		"version": "galla-office " + release(),
		"config":  "/etc/galla/office.toml",
		"login":   login(),
		"secrets": "Folder of the secrets alert-secret and smtp-password, for machines without systemd credentials.",
		"as":      "Who does it, for the record; left out, who is logged in.",
		"check_files": "A box's folder, or a file that it exported, or a folder of such; their owner may read them. " +
			"Without any, the database is held against what it was sent.",
		"check_all":    "These are all chains that there ever were: what no box has is wrong.",
		"import_files": "What galla office export wrote.",
		"replaces": "The terminal whose place it takes. That one is revoked, and what the new one brings along of " +
			"its past is not added up twice.",
	}
}

// session is what a command runs in.
type session struct {
	context.Context
	out, err io.Writer
	config   string
	secrets  string
	by       string
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	var c commands
	left := -1 // kong wants to exit by itself after --help and --version
	k, err := kong.New(&c, kong.Name("galla-office"), kong.Description("A chain's head office."),
		kong.Writers(out, errs), kong.Exit(func(code int) { left = code }), help(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errs, "galla-office:", err)
		return exitFault
	}
	parsed, err := k.Parse(args)
	if left >= 0 {
		return left
	}
	if err != nil {
		fmt.Fprintln(errs, "galla-office:", err)
		fmt.Fprintln(errs, "  next: See galla-office --help.")
		return exitUsage
	}

	// What a box said of itself must not command a terminal.
	s := &session{ctx, typed.Terminal(out), typed.Terminal(errs), c.Config, c.Secrets, c.As}
	err = parsed.Run(s, parsed)
	if err != nil && !errors.Is(err, errSaid) {
		fmt.Fprintln(s.err, "galla-office:", err)
	}
	_, refused := errors.AsType[*joining.Problem](err)
	if _, ok := errors.AsType[*people.Refusal](err); ok {
		refused = true
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errConfig):
		return exitConfig
	case errors.Is(err, errUsage):
		return exitUsage
	case refused, errors.Is(err, errSaid):
		return exitRefuse
	}
	return exitFault
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
