package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/config"
	"galla/internal/counter/wire"
	"galla/internal/doctor"
	"galla/internal/setup"
	"galla/printer"
	"galla/printer/port"
)

// alone looks at the box without gallad: the config says what there is, and whoever runs us may look at it or not.
func (c *doctorAllCommand) alone(s *session, why error) wire.Checkup {
	o := doctor.Options{NoDisplay: "only gallad knows its screens", NoPrinter: "only the config says which one",
		Built: doctor.Floor()}
	self := away(why)
	cfg, err := config.Read(c.Config)
	switch {
	case err == nil:
	case config.Unset(c.Config):
		self = doctor.Unset()
	default:
		if p := new(wire.Problem); !errors.As(why, &p) {
			self = doctor.Misconfigured(strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	o.Self = func() wire.Check { return self }
	if err == nil {
		c.addConfigured(s, cfg, errors.Is(why, fs.ErrPermission), &o)
	}
	ctx, cancel := context.WithTimeout(s, askTime)
	defer cancel()
	return doctor.New(o).Look(ctx)
}

// addConfigured says what the config knows of. forbidden: gallad runs, and lets us not ask it.
func (c *doctorAllCommand) addConfigured(ctx context.Context, cfg *config.Config, forbidden bool, o *doctor.Options) {
	stored := setup.At(setup.Standard().Config, c.Secrets)
	for _, g := range cfg.Gateways {
		a := doctor.Account{Name: g.Name, BaseURL: g.Address()}
		keys, _, err := stored.Keys(g.Name)
		var account gateway.Gateway
		if err == nil {
			account, err = g.Client(keys, cfg.Till.Demo, nil, nil)
		}
		examined, can := account.(gateway.HasExamination)
		switch {
		case errors.Is(err, fs.ErrPermission):
			a.WhyNot = "the keys are for root only; run sudo galla doctor"
		case err != nil:
			a.Examine = func(context.Context) []gateway.Finding {
				return []gateway.Finding{{Check: "reach", Level: gateway.LevelOK, Says: "its line is proven"},
					{Check: "keys", Level: gateway.LevelBad, Says: err.Error(),
						Next: "Run sudo galla setup, which asks for the keys and tries them."}}
			}
		case can:
			a.Examine = examined.Examine
		}
		o.Accounts = append(o.Accounts, a)
	}
	o.Places = []doctor.Place{{What: "the sales file", Dir: filepath.Dir(cfg.Till.Database)}}
	if cfg.Till.Backup != "" {
		o.Backup = &doctor.Backup{Path: cfg.Till.Backup}
	}
	switch {
	case cfg.Printer.Port == "":
		o.NoPrinter = ""
	case forbidden:
		o.NoPrinter = "gallad holds its port"
	default:
		o.Printer, o.NoPrinter = probed(ctx, cfg.Printer)
	}
}

// probed asks the printer itself, once; gallad is not there to own it.
func probed(ctx context.Context, p config.Printer) (ask func() wire.Printer, whyNot string) {
	profile, err := p.Chosen()
	if err != nil {
		return nil, "its profile is wrong: " + err.Error()
	}
	within, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	state, err := printer.Probe(within, p.Port, profile)
	if failed, ok := errors.AsType[*port.Error](err); ok && failed.Kind == port.KindPermission {
		return nil, "only gallad and root may open its port; run sudo galla doctor"
	} else if ok {
		state.Condition, state.Detail = printer.ConditionGone, fmt.Sprintf("The printer is not to be had at %s: %v. %s",
			p.Port, failed.Err, setup.Sentence(failed.Remedy()))
	} else if err != nil {
		state.Condition, state.Detail = printer.ConditionGone,
			fmt.Sprintf("The printer went away while it was asked (%v). Check its cable and power.", err)
	}
	return func() wire.Printer {
		return wire.Printer{Condition: string(state.Condition), NearEnd: state.NearEnd, Detail: state.Detail,
			Port: p.Port, Model: state.Model, Answers: state.Answers}
	}, ""
}
