package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// where names the gateway a command is for.
type where struct {
	Gateway string `help:"${where_gateway}" placeholder:"NAME"`
}

const nameOne = "Name one with --gateway."

// able are the gateways that a command can be for: the one that is named, or all that can do it.
func (w where) able(s *session, can func(wire.Account) bool) (able []string, err error) {
	if w.Gateway != "" {
		return []string{w.Gateway}, nil
	}
	all, err := s.till.Gateways(s)
	if err != nil {
		return nil, err
	}
	for _, a := range all.Gateways {
		if can(a) {
			able = append(able, a.Name)
		}
	}
	if len(able) == 0 {
		return nil, &usageError{
			why:  "no configured gateway can do this",
			next: "EnKash accounts can: see [[gateway]] in gallad.toml.",
		}
	}
	return able, nil
}

// name is the one gateway of a command that makes something.
func (w where) name(s *session, can func(wire.Account) bool) (string, error) {
	able, err := w.able(s, can)
	if err != nil {
		return "", err
	}
	if len(able) > 1 {
		return "", &usageError{why: "several gateways can do this: " + strings.Join(able, ", "), next: nameOne}
	}
	return able[0], nil
}

// holder is the gateway of something that has an id there: the only one that can be, the one that the box knows it at,
// or else the one that answers when it is asked. An error of a gateway that doesn't say is the answer where none has
// it.
func (w where) holder(
	s *session, can func(wire.Account) bool, id string,
	known func() (map[string]string, error), ask func(gateway string) error,
) (string, error) {
	able, err := w.able(s, can)
	if err != nil || len(able) == 1 {
		return strings.Join(able, ""), err
	}
	gateways, err := known()
	if err != nil {
		return "", err
	}
	if gw := gateways[id]; gw != "" {
		return gw, nil
	}

	unsaid := error(&usageError{
		why:  fmt.Sprintf("none of the gateways %s knows %q", strings.Join(able, ", "), id),
		next: "Take the id from the list.",
	})
	for _, gw := range able {
		err := ask(gw)
		if err == nil {
			return gw, nil
		}
		if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Status != http.StatusNotFound {
			unsaid = err
		}
	}
	return "", unsaid
}

// operate asks the gateway for one operation with a key of its own, and prints how it stands.
func (w where) operate(
	s *session, can func(wire.Account) bool, json bool,
	do func(ctx context.Context, key, gateway string) (wire.Operation, error),
) error {
	gateway, err := w.name(s, can)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(s, 2*resendFor)
	defer cancel()
	o, err := do(ctx, client.Key(), gateway)
	if err != nil {
		return err
	}
	return s.printOperation(o, json)
}
