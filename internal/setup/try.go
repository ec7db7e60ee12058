package setup

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"galla/gateway"
)

// Try looks an account over with its keys, without changing anything there. demo allows test keys. The error is about the
// keys' form or the address, and quotes no key.
func Try(ctx context.Context, g Gateway, demo bool) ([]gateway.Finding, error) {
	if err := g.check(); err != nil {
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
	return slices.ContainsFunc(found, func(f gateway.Finding) bool { return f.Check == "keys" && strings.Contains(f.Says, "test keys") })
}

// Ports lists the serial lines a printer may hang on, by the names that stay the same, the likeliest first. root is "/".
func Ports(root string) []string {
	var all []string
	lines := map[string]bool{} // that have a name already
	for _, pattern := range []string{"dev/galla-printer*", "dev/serial/by-id/*", "dev/serial/by-path/*", "dev/ttyUSB*", "dev/ttyACM*", "dev/serial0"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			continue // only a malformed pattern, and none is
		}
		slices.Sort(found)
		for _, name := range found {
			line, err := filepath.EvalSymlinks(name)
			if err != nil || lines[line] {
				continue
			}
			lines[line] = true
			all = append(all, name)
		}
	}
	return all
}
