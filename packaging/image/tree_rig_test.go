//go:build rig

package image

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// node is one of a device tree's.
type node struct {
	name     string
	parent   *node
	children []*node
	values   map[string][]byte
}

// readTree reads a flattened device tree (Devicetree Specification 0.4, chapter 5).
func readTree(raw []byte) (*node, error) {
	word := func(at int) (uint32, error) {
		if at < 0 || at+4 > len(raw) {
			return 0, fmt.Errorf("the tree ends before byte %d", at+4)
		}
		return binary.BigEndian.Uint32(raw[at:]), nil
	}
	if magic, err := word(0); err != nil || magic != 0xd00dfeed {
		return nil, fmt.Errorf("no device tree: it begins with %#x", magic)
	}
	structure, _ := word(8)
	strings, err := word(12)
	if err != nil {
		return nil, err
	}
	text := func(at int) string {
		if at >= len(raw) {
			return ""
		}
		s, _, _ := bytes.Cut(raw[at:], []byte{0})
		return string(s)
	}
	var root, here *node
	for at := int(structure); ; {
		token, err := word(at)
		if err != nil {
			return nil, err
		}
		at += 4
		switch token {
		case 1: // a node begins
			n := &node{name: text(at), parent: here, values: map[string][]byte{}}
			at += (len(n.name) + 4) &^ 3
			if here == nil {
				root = n
			} else {
				here.children = append(here.children, n)
			}
			here = n
		case 2: // it ends
			if here = here.parent; here == nil {
				return root, nil
			}
		case 3:
			size, _ := word(at)
			name, err := word(at + 4)
			if err != nil || at+8+int(size) > len(raw) {
				return nil, fmt.Errorf("a property ends outside")
			}
			here.values[text(int(strings+name))] = raw[at+8 : at+8+int(size)]
			at += 8 + (int(size)+3)&^3
		case 4:
		default:
			return nil, fmt.Errorf("token %d at byte %d", token, at-4)
		}
	}
}

// all are n and every node below it.
func (n *node) all() []*node {
	list := []*node{n}
	for _, c := range n.children {
		list = append(list, c.all()...)
	}
	return list
}

// words are a value's texts.
func (n *node) words(name string) []string {
	v := strings.TrimRight(string(n.values[name]), "\x00")
	if v == "" {
		return nil
	}
	return strings.Split(v, "\x00")
}

func (n *node) cells(name string) (cells []uint32) {
	for v := n.values[name]; len(v) >= 4; v = v[4:] {
		cells = append(cells, binary.BigEndian.Uint32(v))
	}
	return cells
}

// on says whether the board has the node's device.
func (n *node) on() bool {
	for ; n != nil; n = n.parent {
		if s := n.words("status"); len(s) > 0 && s[0] != "okay" && s[0] != "ok" {
			return false
		}
	}
	return true
}

// needs are the nodes whose drivers must be there before n's: what it names by a phandle, and the buses above it.
func (n *node) needs(root *node) []*node {
	byHandle := map[uint32]*node{}
	for _, m := range root.all() {
		for _, h := range m.cells("phandle") {
			byHandle[h] = m
		}
	}
	var list []*node
	add := func(cells []uint32, count string) {
		for len(cells) > 0 {
			target := byHandle[cells[0]]
			if target == nil {
				return
			}
			list = append(list, target)
			skip := 1
			if c := target.cells(count); count != "" && len(c) == 1 {
				skip += int(c[0])
			}
			cells = cells[min(skip, len(cells)):]
		}
	}
	for name := range n.values {
		cells := n.cells(name)
		switch {
		case name == "clocks":
			add(cells, "#clock-cells")
		case name == "resets":
			add(cells, "#reset-cells")
		case name == "power-domains":
			add(cells, "#power-domain-cells")
		case name == "mboxes":
			add(cells, "#mbox-cells")
		case name == "dmas":
			add(cells, "#dma-cells")
		case name == "phys":
			add(cells, "#phy-cells")
		case name == "gpio" || name == "gpios" || strings.HasSuffix(name, "-gpios") || strings.HasSuffix(name, "-gpio"):
			add(cells, "#gpio-cells")
		case strings.HasSuffix(name, "-supply") || strings.HasPrefix(name, "pinctrl-") && name != "pinctrl-names" ||
			name == "interrupt-parent" || name == "mmc-pwrseq" || name == "msi-parent":
			add(cells, "")
		}
	}
	for p := n.parent; p != nil; p = p.parent {
		list = append(list, p)
	}
	return list
}
