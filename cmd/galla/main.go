package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	typedtext "galla/internal/typed"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "devel"

// commands is the command line. A command is added by adding its struct here.
type commands struct {
	Socket  string           `help:"${main_socket}" default:"${socket}" env:"GALLA_SOCKET" placeholder:"PATH"`
	As      string           `help:"${main_as}" placeholder:"NAME"`
	Version kong.VersionFlag `help:"Print the version."`

	Sale    saleCommand    `cmd:"" help:"Take a sale."`
	List    listCommand    `cmd:"" help:"List sales, newest first, or search them."`
	Show    showCommand    `cmd:"" help:"Show one sale."`
	Cancel  cancelCommand  `cmd:"" help:"Cancel a sale."`
	Refund  refundCommand  `cmd:"" help:"Send money of a sale back."`
	Print   printCommand   `cmd:"" help:"Print a slip of a sale."`
	Resolve resolveCommand `cmd:"" help:"Decide about money that came late, twice, or in another amount."`
	Events  eventsCommand  `cmd:"" help:"Follow what happens. Times are IST."`
	Health  healthCommand  `cmd:"" help:"Say how the till is."`
	Demo    demoCommand    `cmd:"" help:"Start a whole counter against pretend gateways and take a sale at each."`
	Audit   auditCommand   `cmd:"" help:"Prove that a box's history was not changed."`
	Report  reportCommand  `cmd:"" help:"X and Z reports."`
	Hook    hookCommand    `cmd:"" help:"Webhooks: what the shop's software was told, a test, sending again."`
	Printer printerCommand `cmd:"" help:"The thermal printer: how it is, a test, the profiles."`
	Export  exportCommand  `cmd:"" help:"Write the sales as CSV or JSONL."`
	Person  personCommand  `cmd:"" help:"Persons who work at the counter, their roles and PINs."`
	Device  deviceCommand  `cmd:"" help:"Devices that may call over the network."`

	QR        qrCommand        `cmd:"" name:"qr" help:"Counter QRs at a gateway that keeps them."`
	Mandate   mandateCommand   `cmd:"" help:"Standing permissions to debit (UPI autopay)."`
	Operation operationCommand `cmd:"" help:"What was asked of gateways beside sales, and who did what to the box."`
	Office    officeCommand    `cmd:"" help:"The head office of a chain of shops: join it, leave it, how it stands."`
	Setup     setupCommand     `cmd:"" help:"${main_setup}"`
	Doctor    doctorCommand    `cmd:"" help:"Look for what is wrong."`

	Man        manCommand        `cmd:"" help:"Print the manual page." hidden:""`
	Completion completionCommand `cmd:"" help:"Print the completion for a shell." hidden:""`
}

// session is what a command runs in.
type session struct {
	context.Context
	out, err io.Writer
	person   bool // a person reads out at a terminal
	watched  bool // and err
	wide     int  // columns of that terminal; 0: none, or it does not say
	paint    textview.Paint
	till     *client.Client
}

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return runCommand(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

func runCommand(ctx context.Context, args []string, out, errs io.Writer) int {
	var c commands
	left := -1 // kong wants to exit by itself after --help and --version
	k, err := kong.New(&c, kong.Name("galla"), kong.Description("Takes UPI payments at the counter."+exitHelp),
		kong.Writers(out, errs), kong.Exit(func(code int) { left = code }), help,
		kong.Vars{"version": "galla " + version},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errs, "galla:", err)
		return exitFault
	}
	parsed, err := k.Parse(args)
	if left >= 0 {
		return left
	}
	if err != nil {
		return explain(errs, mistyped(err))
	}
	s := newSession(ctx, out, errs)
	s.till = client.New(c.Socket)
	if err = s.as(c.As); err == nil {
		err = parsed.Run(s)
	}
	if err != nil {
		return explain(typedtext.Terminal(errs), err)
	}
	return exitDone
}

// newSession is what a command writes to: what others typed, or a gateway sent, must not command a terminal; a pipe
// gets it as it is.
func newSession(ctx context.Context, out, errs io.Writer) *session {
	s := &session{Context: ctx, out: out, err: errs, paint: textview.Bare}
	if screen, file := out.(*os.File); file && terminal(screen) {
		s.out, s.person, s.wide = typedtext.Terminal(out), true, width(screen)
	}
	if side, file := errs.(*os.File); file && terminal(side) {
		s.err, s.watched = typedtext.Terminal(errs), true
	}
	if s.person && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" { // https://no-color.org
		s.paint = textview.Painted
	}
	return s
}
