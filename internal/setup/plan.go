package setup

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"galla/internal/config"
)

// Plan is what would be written: nothing is, before Write.
type Plan struct {
	Config      []byte
	Credentials map[string][]byte // file name, such as "gateway-enkash", to its text
	Kept        []string          // credentials that are stored and stay
	Rotate      int
	Begun       bool     // the old config couldn't be edited: this is a new one
	Left        []string // then, settings of the old that nobody was asked about; none when it couldn't even be read
}

// Make works the answers into the config as it is; old may be empty. The new config has been read back, and means what
// was answered. path is for errors.
func Make(path string, old []byte, a Answers) (Plan, error) {
	if err := a.Check(); err != nil {
		return Plan{}, err
	}
	p := Plan{Config: edit(old, a), Credentials: map[string][]byte{}, Rotate: a.Rotate}
	for _, g := range a.Gateways {
		if g.Keep {
			p.Kept = append(p.Kept, "gateway-"+g.Provider)
			continue
		}
		p.Credentials["gateway-"+g.Provider] = g.Credential()
	}
	err := readBack(path, p.Config, a)
	if err == nil {
		return p, nil
	}
	// A file that a person has written in a way we can't edit, or with mistakes of its own: begin a new one. The old is
	// kept.
	p.Config = edit(nil, a)
	if fresh := readBack(path, p.Config, a); fresh != nil {
		return Plan{}, fresh
	}
	p.Begun = len(bytes.TrimSpace(old)) > 0
	p.Left = left(old, p.Config)
	return p, nil
}

// left names the settings that one config has and another doesn't, but for those that answers take away.
func left(old, now []byte) (names []string) {
	asked := []string{
		"shop.gstin",
		"shop.address",
		"shop.phone",
		"till.demo",
		"till.print_order",
		"till.print_receipt",
		"listen.network",
		"printer.port",
		"printer.profile",
		"printer.baud",
		"printer.language",
		"gateway.provider",
		"gateway.base_url",
		"gateway.test",
	}
	there := settings(now)
	for name := range settings(old) {
		if !there[name] && !slices.Contains(asked, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// settings names what a config sets, such as "hook.url"; nothing of one that is no TOML.
func settings(raw []byte) map[string]bool {
	names := map[string]bool{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				walk(strings.TrimPrefix(prefix+"."+key, "."), value)
			}
			return
		case []any:
			for _, e := range v {
				if table, ok := e.(map[string]any); ok {
					walk(prefix, table)
				} else {
					names[prefix] = true
				}
			}
			return
		}
		names[prefix] = true
	}
	var all map[string]any
	if toml.Unmarshal(raw, &all) == nil {
		walk("", all)
	}
	return names
}

// edit puts the answers into the text.
func edit(old []byte, a Answers) []byte {
	t := &text{lines: strings.Split(strings.TrimRight(string(old), "\n"), "\n")}
	if len(old) == 0 {
		t.lines = []string{"# Written by galla setup. man gallad.toml explains every key."}
	}
	t.put("shop", "name", quote(a.Shop), true)
	t.put("shop", "gstin", quote(a.GSTIN), a.GSTIN != "")
	t.put("shop", "address", list(a.Address), len(a.Address) > 0)
	t.put("shop", "phone", quote(a.Phone), a.Phone != "")
	if a.Terminal != "" {
		t.set("till", "terminal", quote(a.Terminal))
	}
	if len(a.Languages) > 0 {
		t.set("till", "languages", list(a.Languages))
	}
	t.put("till", "demo", "true", a.Demo)
	t.put("till", "print_order", "true", a.Printer.Order)
	t.put("till", "print_receipt", "true", a.Printer.Receipt)
	if a.Network {
		if b, found := t.find("listen"); !found || !t.has(b, "network") {
			t.set("listen", "network", quote(networkAddr))
		}
	} else {
		t.clear("listen", "network")
	}
	t.put("printer", "port", quote(a.Printer.Port), a.Printer.Port != "")
	t.put("printer", "profile", quote(a.Printer.Profile), a.Printer.Port != "" && a.Printer.Profile != "")
	t.put("printer", "baud", strconv.Itoa(a.Printer.Baud), a.Printer.Port != "" && a.Printer.Baud != 0)
	t.put("printer", "language", quote(a.Printer.Language), a.Printer.Language != "")
	t.gateways(a.Gateways)
	return t.bytes()
}

func (t *text) has(b block, key string) bool {
	_, n := t.line(b, key, false)
	return n > 0
}

// networkAddr is where phones of the shop reach the console.
const networkAddr = "0.0.0.0:7417"

// readBack reads the new config as gallad will, and compares it with the answers.
func readBack(path string, raw []byte, a Answers) error {
	c, err := config.Parse(path, raw)
	if err != nil {
		return err
	}
	same := c.Shop.Name == a.Shop && c.Shop.GSTIN == a.GSTIN && c.Shop.Phone == a.Phone &&
		slices.Equal(c.Shop.Address, a.Address) &&
		(a.Terminal == "" || c.Till.Terminal == a.Terminal) &&
		(len(a.Languages) == 0 || slices.Equal(c.Till.Languages, a.Languages)) &&
		c.Till.Demo == a.Demo && c.Till.PrintOrder == a.Printer.Order && c.Till.PrintReceipt == a.Printer.Receipt &&
		(c.Listen.Network != "") == a.Network &&
		c.Printer.Port == a.Printer.Port &&
		len(c.Gateways) == len(a.Gateways)
	if a.Printer.Port != "" {
		same = same && c.Printer.Profile == a.Printer.Profile && c.Printer.Baud == a.Printer.Baud
	}
	for i, g := range a.Gateways {
		same = same && i < len(c.Gateways) && c.Gateways[i].Provider == g.Provider &&
			c.Gateways[i].BaseURL == g.BaseURL &&
			c.Gateways[i].Test == g.Test
	}
	if !same {
		return errors.New("the new config does not mean what was answered")
	}
	for _, g := range c.Gateways {
		if _, err := clientOf(g, a); err != nil {
			return fmt.Errorf("gateway %s: %w", g.Name, err)
		}
	}
	return nil
}

// clientOf makes the account's client, as gallad will at its start; the errors are about forms, not about what is
// behind.
func clientOf(g config.Gateway, a Answers) (any, error) {
	for _, w := range a.Gateways {
		if w.Provider == g.Provider && w.Keep {
			return nil, nil
		}
		if w.Provider == g.Provider {
			_, keys := w.account()
			return g.Client(keys, a.Demo, nil, nil)
		}
	}
	return nil, errors.New("it was not answered for")
}

// From reads back what an earlier setup was told, so that Enter keeps it. Keys are not among it. The error is a mistake
// in the file, which hides what it says.
func From(path string) (Answers, error) {
	c, err := config.Read(path)
	if err != nil && config.Unset(path) {
		err = nil
	}
	if c == nil || err != nil {
		return Answers{}, err
	}
	a := Answers{
		Shop:      c.Shop.Name,
		Terminal:  c.Till.Terminal,
		GSTIN:     c.Shop.GSTIN,
		Address:   c.Shop.Address,
		Phone:     c.Shop.Phone,
		Languages: c.Till.Languages,
		Network:   c.Listen.Network != "",
		Demo:      c.Till.Demo,
		Printer: Printer{
			Port:     c.Printer.Port,
			Profile:  c.Printer.Profile,
			Baud:     c.Printer.Baud,
			Language: c.Printer.Language,
			Order:    c.Till.PrintOrder,
			Receipt:  c.Till.PrintReceipt,
		},
	}
	for _, g := range c.Gateways {
		a.Gateways = append(a.Gateways, Gateway{Provider: g.Provider, BaseURL: g.BaseURL, Test: g.Test})
	}
	return a, nil
}
