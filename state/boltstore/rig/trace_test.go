//go:build rig

package rig

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// event is one thing the writer did to its folder, or said.
type event struct {
	kind string // create, write, truncate, sync, syncdir, rename, unlink, link, say
	file int    // number of the file, counted by creation
	name string // create, rename (from), unlink, link (from)
	to   string // rename, link
	off  int64  // write; truncate: the size
	data []byte // write
	text string // say
}

// calls are the system calls that change a file or a folder, or that say so.
const calls = "openat,close,pwrite64,write,fdatasync,fsync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link," +
	"linkat"

// parse reads strace's output (-f -xx, every string whole) and keeps what concerns dir.
func parse(r io.Reader, dir string) (events []event, err error) {
	p := &parser{dir: dir, fds: map[string]int{}, names: map[string]int{}, started: map[string]string{}}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		if err := p.line(sc.Text()); err != nil {
			return nil, err
		}
	}
	return p.events, sc.Err()
}

type parser struct {
	dir     string
	fds     map[string]int // number of the file behind a descriptor; -1 the folder
	names   map[string]int
	files   int
	started map[string]string // calls that another thread interrupted, by thread
	events  []event
}

func (p *parser) line(l string) error {
	thread, call, ok := strings.Cut(l, " ")
	if !ok {
		return nil
	}
	call = strings.TrimLeft(call, " ")
	if head, cut := strings.CutSuffix(call, " <unfinished ...>"); cut {
		p.started[thread] = head
		return nil
	}
	if strings.HasPrefix(call, "<... ") {
		_, tail, _ := strings.Cut(call, " resumed>")
		call = p.started[thread] + tail
	}
	name, rest, ok := strings.Cut(call, "(")
	i := strings.LastIndex(rest, ") = ") // strace -a 1 puts no more room there
	if !ok || i < 0 {
		return nil
	}
	result := strings.Fields(rest[i+4:])[0]
	if strings.HasPrefix(result, "-") {
		return nil // it did nothing
	}
	args, err := split(strings.TrimRight(rest[:i], " "))
	if err != nil {
		return fmt.Errorf("%.80q: %w", l, err)
	}
	return p.call(name, args, result)
}

// split takes a call's arguments apart and decodes its strings.
func split(s string) (args []string, err error) {
	for s != "" {
		s = strings.TrimLeft(s, ", ")
		if !strings.HasPrefix(s, `"`) {
			arg, rest, _ := strings.Cut(s, ",")
			args, s = append(args, arg), rest
			continue
		}
		text, rest, ok := strings.Cut(s[1:], `"`)
		if !ok || strings.HasPrefix(rest, "...") {
			return nil, fmt.Errorf("a string is cut")
		}
		raw, err := hex.DecodeString(strings.ReplaceAll(text, `\x`, ""))
		if err != nil {
			return nil, err
		}
		args, s = append(args, string(raw)), rest
	}
	return args, nil
}

func (p *parser) add(e event) { p.events = append(p.events, e) }

// within says whether a path is in the folder, and its name there.
func (p *parser) within(path string) (string, bool) {
	return filepath.Base(path), filepath.Dir(path) == p.dir
}

func (p *parser) call(name string, a []string, result string) error {
	file, ours := -2, false
	if len(a) > 0 {
		file, ours = p.fds[a[0]], p.fds[a[0]] != 0
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt(strings.TrimSpace(a[i]), 0, 64)
		return n
	}
	switch name {
	case "openat":
		delete(p.fds, result)
		if a[1] == p.dir {
			p.fds[result] = -1
		}
		if base, in := p.within(a[1]); in {
			if p.names[base] == 0 {
				if !strings.Contains(a[2], "O_CREAT") {
					return nil
				}
				p.files++
				p.names[base] = p.files
				p.add(event{kind: "create", file: p.files, name: base})
			} else if strings.Contains(a[2], "O_TRUNC") {
				p.add(event{kind: "truncate", file: p.names[base]})
			}
			p.fds[result] = p.names[base]
		}
	case "close":
		delete(p.fds, a[0])
	case "pwrite64":
		if ours {
			p.add(event{kind: "write", file: file, off: number(3), data: []byte(a[1])})
		}
	case "write":
		if ours {
			p.add(event{kind: "append", file: file, data: []byte(a[1])})
		} else if a[0] == "1" {
			p.add(event{kind: "say", text: strings.TrimSpace(a[1])})
		}
	case "ftruncate":
		if ours {
			p.add(event{kind: "truncate", file: file, off: number(1)})
		}
	case "fsync", "fdatasync":
		if ours && file == -1 {
			p.add(event{kind: "syncdir"})
		} else if ours {
			p.add(event{kind: "sync", file: file})
		}
	case "rename", "renameat", "renameat2", "link", "linkat":
		from, to := a[0], a[1]
		if strings.Contains(name, "at") {
			from, to = a[1], a[3]
		}
		f, in1 := p.within(from)
		t, in2 := p.within(to)
		if in1 && in2 {
			kind := strings.TrimRight(strings.TrimSuffix(name, "2"), "at")
			if strings.HasPrefix(name, "rename") {
				kind = "rename"
				p.names[t] = p.names[f]
				delete(p.names, f)
			} else {
				kind = "link"
				p.names[t] = p.names[f]
			}
			p.add(event{kind: kind, name: f, to: t})
		}
	case "unlink", "unlinkat":
		path := a[0]
		if name == "unlinkat" {
			path = a[1]
		}
		if base, in := p.within(path); in {
			delete(p.names, base)
			p.add(event{kind: "unlink", name: base})
		}
	}
	return nil
}
