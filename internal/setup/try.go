package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"galla/gateway"
	"galla/printer/port"
)

// Try looks an account over with its keys, without changing anything there. demo allows test keys. The error is about
// the keys' form or the address, and quotes no key.
func Try(ctx context.Context, g Gateway, demo bool) ([]gateway.Finding, error) {
	if err := joined(g.Faults()); err != nil {
		return nil, err
	}
	account, keys := g.account()
	client, err := account.Client(keys, demo, nil, nil)
	if err != nil {
		return nil, err
	}
	e, ok := client.(gateway.HasExamination)
	if !ok {
		return nil, fmt.Errorf("the gateway %q can't be looked over", g.Provider)
	}
	return e.Examine(ctx), nil
}

// TestKeys says that findings are about keys no customer can pay with.
func TestKeys(found []gateway.Finding) bool {
	return slices.ContainsFunc(
		found,
		func(f gateway.Finding) bool { return f.Check == "keys" && strings.Contains(f.Says, "test keys") },
	)
}

// Ports lists the USB printers and serial lines a printer may hang on, by the names that stay the same, the likeliest
// first. root is "/".
func Ports(root string) []string {
	var out []string
	for _, f := range port.List(root) {
		out = append(out, f.Port)
	}
	return out
}
