package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"galla/gateway/gatewaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "galla-sim: %v\n", err)
		os.Exit(1)
	}
}

// settings is the command line.
type settings struct {
	enkash, razorpay, manage string
	seed                     uint64
	calm, expose, quiet      bool
	delay, autopay           time.Duration
	script                   string
}

func parse(args []string, usage io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("galla-sim", flag.ContinueOnError)
	f.SetOutput(usage)
	f.StringVar(&s.enkash, "enkash", "127.0.0.1:8801", "`address` of the pretend EnKash; port 0 takes a free one")
	f.StringVar(&s.razorpay, "razorpay", "127.0.0.1:8802", "`address` of the pretend Razorpay")
	f.StringVar(&s.manage, "manage", "127.0.0.1:8803", "`address` of the pretend phone and the management API")
	f.Uint64Var(&s.seed, "seed", 0, "`number` every draw comes from; 0 draws one and prints it")
	f.BoolVar(&s.calm, "calm", false, "do not misbehave: every knob at 0")
	f.DurationVar(&s.delay, "delay", -1, "each answer waits a random `time` up to this; left out, the knobs decide")
	f.DurationVar(&s.autopay, "autopay", -1, "the phone pays every QR this `time` after it was handed out")
	f.StringVar(&s.script, "script", "", "fault script `file`; its language "+
		"is described in gateway/gatewaytest/README.md")
	f.BoolVar(&s.expose, "expose", false, "allow addresses that other machines can reach; the simulator's "+
		"credentials are public")

	f.BoolVar(&s.quiet, "quiet", false, "do not log each request")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q: galla-sim takes only flags, see galla-sim -h", f.Arg(0))
	}
	for _, a := range []struct {
		name, addr string
	}{{"enkash", s.enkash}, {"razorpay", s.razorpay}, {"manage", s.manage}} {
		host, _, err := net.SplitHostPort(a.addr)
		if err != nil {
			return s, fmt.Errorf("-%s %q is no address: write host and port, like 127.0.0.1:8801", a.name, a.addr)
		}
		if ip := net.ParseIP(host); !s.expose && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return s, fmt.Errorf("-%s %q can be reached from other machines, and this is no real gateway: listen on "+
				"127.0.0.1, or say -expose", a.name, a.addr)
		}
	}

	if s.seed == 0 {
		var b [8]byte
		if _, err := rand.Read(b[:]); err != nil {
			return s, fmt.Errorf("drawing a seed: %w", err)
		}
		s.seed = uint64(binary.LittleEndian.Uint32(b[:])) + 1 // short enough to type again
	}

	return s, nil
}

// run serves until ctx ends. The first line on out is one JSON object with the addresses; everything for people goes to
// text.
func run(ctx context.Context, args []string, out, text io.Writer) error {
	set, err := parse(args, text)
	if err != nil {
		return err
	}
	knobs := gatewaytest.Misbehaving()
	if set.calm {
		knobs = gatewaytest.Calm()
	}
	if set.delay >= 0 {
		knobs.Delay = gatewaytest.Duration(set.delay)
	}
	o := gatewaytest.Options{Seed: set.seed, Knobs: &knobs}
	if !set.quiet {
		o.Log = slog.New(slog.NewTextHandler(text, nil))
	}

	sim := gatewaytest.NewSim(o)
	if set.autopay >= 0 {
		if err := sim.Autopay(gatewaytest.Act{Action: gatewaytest.Pay}, set.autopay); err != nil {
			return err
		}
	}
	servers := []*service{
		{name: "enkash", addr: set.enkash, path: "", handler: sim.EnKash()},
		{name: "razorpay", addr: set.razorpay, path: "/v1", handler: sim.Razorpay()},
		{name: "manage", addr: set.manage, path: "", handler: sim.Manage()},
	}
	hello := map[string]any{"seed": set.seed, "calm": set.calm}
	for _, s := range servers {
		if err := s.listen(ctx); err != nil {
			return err
		}
		defer s.close()
		hello[s.name] = s.url()
	}

	if set.script != "" {
		b, err := os.ReadFile(set.script)
		if err != nil {
			return fmt.Errorf("reading the fault script: %w", err)
		}
		if err := sim.Script(set.script, string(b)); err != nil {
			return err
		}
	}

	if err := json.NewEncoder(out).Encode(hello); err != nil {
		return fmt.Errorf("printing the addresses: %w", err)
	}
	fmt.Fprintf(text, "galla-sim: a simulator, not a gateway. No money moves here.\n"+
		"  EnKash    %v   accessKey %s   secretKey %s\n"+
		"  Razorpay  %v   key %s : %s   (test key %s : %s)\n"+
		"  webhooks are signed with %s\n"+
		"  phone     %v\n"+
		"  seed      %d   repeat this run with -seed %d\n",
		hello["enkash"], gatewaytest.EnKashAccessKey, gatewaytest.EnKashSecretKey,
		hello["razorpay"], gatewaytest.RazorpayKeyID, gatewaytest.RazorpayKeySecret, gatewaytest.RazorpayTestKeyID,
		gatewaytest.RazorpayTestKeySecret,
		gatewaytest.RazorpayWebhookSecret, hello["manage"], set.seed, set.seed)

	return serve(ctx, sim, servers)
}

// serve runs the servers and the simulator's own clock until ctx ends or a server fails.
func serve(ctx context.Context, sim *gatewaytest.Sim, servers []*service) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		sim.Run(ctx)
		close(ended)
	}()
	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.serve() }()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	cancel()
	<-ended
	return err
}

// service is one listening handler.
type service struct {
	name, addr, path string
	handler          http.Handler
	listener         net.Listener
	server           *http.Server
}

func (s *service) listen(ctx context.Context) error {
	var err error
	if s.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.addr); err != nil {
		return fmt.Errorf("listening for %s: %w (is another galla-sim running? -%s 127.0.0.1:0 takes a free port)",
			s.name, err, s.name)
	}
	s.server = &http.Server{Handler: s.handler, ReadHeaderTimeout: 10 * time.Second}
	return nil
}

func (s *service) url() string { return "http://" + s.listener.Addr().String() + s.path }

func (s *service) serve() error {
	if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving %s: %w", s.name, err)
	}
	return nil
}

func (s *service) close() { s.server.Close() }
