package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/copies"
	"galla/internal/setup"
	"galla/internal/setup/web"
)

// TestBox_2_CarryAndRestore: what gallad sells goes to a stick, and from it to a new box by gallad's own commands; a
// box with sales keeps them, one whose file is damaged gets the copy and keeps the damaged file.
func TestBox_2_CarryAndRestore(t *testing.T) {
	dir := t.TempDir()
	stick := filepath.Join(dir, copies.Folder)
	note := filepath.Join(dir, "note")
	config := filepath.Join(dir, "gallad.toml")
	path, hourly := filepath.Join(dir, "sales.db"), filepath.Join(dir, copies.Stage, copies.Name)
	gallad := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		code := run(append(args[:1:1], append([]string{"--config", config}, args[1:]...)...), &out, &out)
		if code != want {
			t.Errorf("gallad %v: exit code %d, want %d\n%s", args, code, want, &out)
		}
		return out.String()
	}
	settings := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unset := fmt.Sprintf("[till]\ndatabase = %q\nbackup = %q\n", path, hourly)
	settings(unset)
	if err := os.Mkdir(stick, 0o700); err != nil {
		t.Fatal(err)
	}
	gallad(exitConfig, "carry", stick, note) // nobody has set it up
	gallad(exitConfig, "carry", stick)

	settings(unset + "[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\n")
	if said := gallad(exitDone, "carry", stick, note); !strings.Contains(said, "some minutes from now") {
		t.Errorf("before the first copy: %s", said)
	}
	store := filled(t, dir, 50)
	if err := os.MkdirAll(filepath.Dir(hourly), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(hourly); err != nil {
		t.Fatal(err)
	}
	seq, err := store.Seq()
	if err != nil {
		t.Fatal(err)
	}
	gallad(exitDone, "carry", stick, note)
	store.Close()

	said := gallad(exitFailed, "restore", stick)
	if !strings.Contains(said, "this box has sales of its own, which stay") {
		t.Errorf("on a box with sales: %s", said)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, harm := range map[string]func() error{
		"damaged": func() error { return os.WriteFile(path, raw[:len(raw)/3], 0o600) },
		"gone":    func() error { return os.Remove(path) },
		"a new card": func() error {
			os.Remove(path + ".seq")
			return os.Remove(path)
		},
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		settings(unset)
		if said := gallad(exitDone, "restore", stick); !strings.Contains(said, fmt.Sprintf("with %d events", seq)) {
			t.Errorf("%s: %s", what, said)
		}
		gallad(exitDone, "fsck", "--full", path)
	}
	if _, err := os.Stat(path + ".damaged1"); err != nil {
		t.Errorf("the damaged file was not kept: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(stick, copies.Name), 9000); err != nil {
		t.Fatal(err)
	}
	if said := gallad(exitDamaged, "restore", stick); !strings.Contains(said,
		"no copy on the stick is whole (damaged: "+copies.Name+")") {
		t.Errorf("of a damaged copy: %s", said)
	}
}

// TestBox_2_Offer: a stick's copy waits for the setup page of a new box, the owner's yes puts it in place and a no
// takes it away; a box with sales, or one that is set up, offers nothing.
func TestBox_2_Offer(t *testing.T) {
	dir := t.TempDir()
	old, stick := filepath.Join(dir, "old"), filepath.Join(dir, copies.Folder)
	config, path := filepath.Join(dir, "gallad.toml"), filepath.Join(dir, "new", "sales.db")
	for _, d := range []string{old, stick, filepath.Dir(path)} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	settings := func(more string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(fmt.Sprintf("[till]\ndatabase = %q\n", path)+more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings("")
	gallad := func(want int) string {
		t.Helper()
		var out bytes.Buffer
		if code := run([]string{"offer", "--config", config, stick}, &out, &out); code != want {
			t.Errorf("exit code %d, want %d\n%s", code, want, &out)
		}
		return out.String()
	}
	h := &handoff{
		path:  config,
		file:  filepath.Join(dir, "run", "answers.toml"),
		first: filepath.Join(dir, "run", "first"),
		now:   time.Now,
	}
	if said := gallad(exitDone); said != "" || h.offer() != (web.Offer{}) {
		t.Errorf("of an empty stick: %q, %v", said, h.offer())
	}
	store := filled(t, old, 50)
	seq, err := store.Seq()
	if err = errors.Join(err, store.Backup(filepath.Join(stick, copies.Name))); err != nil {
		t.Fatal(err)
	}

	for _, yes := range []bool{false, true} {
		if said := gallad(exitDone); !strings.Contains(said, "The setup page offers the sales of this stick") {
			t.Errorf("%q", said)
		}
		if o := h.offer(); o.Events != seq || o.At.IsZero() {
			t.Errorf("the page offers %v", o)
		}
		if err := h.hand(setup.Answers{Shop: "Asha", Restore: yes}); err != nil {
			t.Fatal(err)
		}
		if raw, err := os.ReadFile(h.file); err != nil || strings.Contains(string(raw), "estore") {
			t.Errorf("root reads %s %v", raw, err)
		}
		if h.offer() != (web.Offer{}) {
			t.Error("it is offered still")
		}
		if _, err := os.Stat(copies.Waiting(path)); err == nil {
			t.Error("the offered copy stays")
		}
		if _, err := os.Stat(path); (err == nil) != yes {
			t.Errorf("after %v: %v", yes, err)
		}
	}
	var out bytes.Buffer
	if code := run([]string{"fsck", "--full", path}, &out, &out); code != exitDone {
		t.Errorf("%s", &out)
	}
	if said := gallad(exitDone); said != "" {
		t.Errorf("on a box with sales: %q", said)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	settings("[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\n")
	if said := gallad(exitDone); said != "" {
		t.Errorf("on a box that is set up: %q", said)
	}
	settings("")
	if err := os.Truncate(filepath.Join(stick, copies.Name), 9000); err != nil {
		t.Fatal(err)
	}
	if said := gallad(exitDamaged); !strings.Contains(said, "no copy on the stick is whole") ||
		strings.Contains(said, "no such file") || h.offer() != (web.Offer{}) {
		t.Errorf("of a damaged copy: %q", said)
	}
}
