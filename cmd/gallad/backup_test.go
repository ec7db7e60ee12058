package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/cmd/gallad/progress"
	"galla/internal/copies"
)

// copiesOf writes a config that names a backup, and gives both paths.
func copiesOf(t *testing.T, line string) (config, hourly string) {
	t.Helper()
	dir := t.TempDir()
	hourly = filepath.Join(dir, "copy.db")
	config = filepath.Join(dir, "gallad.toml")
	text := "[shop]\nname = \"Asha\"\n[till]\n" + strings.ReplaceAll(
		line,
		"HOURLY",
		hourly,
	) + "\n[[gateway]]\nprovider = \"razorpay\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, hourly
}

func sound(string) error { return nil }

func TestRotateDaily(t *testing.T) {
	config, hourly := copiesOf(t, `backup = "HOURLY"`)
	day := time.Date(2026, 11, 1, 3, 0, 0, 0, time.Local)
	var out strings.Builder
	if err := rotateDaily(config, sound, &out); err != nil || !strings.Contains(out.String(), "isn't there yet") {
		t.Fatalf("before the first copy: %v, %q", err, out.String())
	}
	for i := range 20 {
		if err := os.WriteFile(hourly, fmt.Appendf(nil, "day %d", i), 0o600); err != nil {
			t.Fatal(err)
		}
		written := day.AddDate(0, 0, i)
		if err := os.Chtimes(hourly, written, written); err != nil {
			t.Fatal(err)
		}
		for range 2 { // gallad could not renew it since: the same day's copy again, and none of another day
			if err := rotateDaily(config, sound, &out); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, err := copies.Dated(hourly)
	if err != nil || len(all) != copies.KeepDays || !strings.HasSuffix(all[0], ".2026-11-07") ||
		!strings.HasSuffix(all[13], ".2026-11-20") {
		t.Fatalf("%v, %v", all, err)
	}
	if raw, err := os.ReadFile(all[13]); err != nil || string(raw) != "day 19" {
		t.Errorf("the newest holds %q, %v", raw, err)
	}
	// A damaged hourly copy displaces nothing, on the same day either.
	damaged := errors.New("a page is torn")
	if err := rotateDaily(config, func(string) error { return damaged }, &out); !errors.Is(err, damaged) {
		t.Errorf("a damaged copy gave %v", err)
	}
	if raw, err := os.ReadFile(all[13]); err != nil || string(raw) != "day 19" {
		t.Errorf("the newest holds %q, %v", raw, err)
	}
}

func TestVerify(t *testing.T) {
	config, hourly := copiesOf(t, `backup = "HOURLY"`)
	now := time.Now()
	if err := verify(config, now, sound, new(strings.Builder)); err == nil ||
		!strings.Contains(err.Error(), "is its disk there?") {
		t.Errorf("without a copy: %v", err)
	}
	for _, name := range []string{hourly, hourly + ".2026-11-20", hourly + ".2026-11-21"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var looked []string
	look := func(path string) error { looked = append(looked, path); return nil }
	var out strings.Builder
	if err := verify(config, now, look, &out); err != nil || strings.Count(out.String(), "is whole") != 2 ||
		len(looked) != 2 || looked[1] != hourly+".2026-11-21" {
		t.Errorf("%v, looked at %q, said %q", err, looked, out.String())
	}
	if err := verify(config, now.Add(80*time.Hour), look, &out); err == nil ||
		!strings.Contains(err.Error(), "is 3 days old") {
		t.Errorf("an old copy: %v", err)
	}
	damaged := errors.New("a page is torn")
	if err := verify(config, now, func(string) error { return damaged }, &out); !errors.Is(err, damaged) {
		t.Errorf("a damaged copy gave %v", err)
	}
}

// TestNoBackup: without a target nothing is made, which is an error; the timers take its exit code for none.
func TestNoBackup(t *testing.T) {
	config, _ := copiesOf(t, "")
	for name, do := range map[string]func() (string, error){
		"backup": func() (string, error) {
			var b strings.Builder
			err := rotateDaily(config, sound, &b)
			return b.String(), err
		},
		"verify": func() (string, error) {
			var b strings.Builder
			err := verify(config, time.Now(), sound, &b)
			return b.String(), err
		},
	} {
		if said, err := do(); !errors.Is(err, errConfig) || !strings.Contains(err.Error(), "till.backup isn't set") {
			t.Errorf("%s: %v, %q", name, err, said)
		}
	}
}

// TestVerifyTells: of a full check's lines the progress is passed on, one in so much time, in whatever pieces it comes;
// its report is not.
func TestVerifyTells(t *testing.T) {
	said := "pages: 64 of 900\npages: 128 of 900\nevents: 64 of 70\n/mnt/sales.db: 12 sales\n"
	for every, want := range map[time.Duration]string{
		0: "  pages: 64 of 900\n  pages: 128 of 900\n  events: 64 of 70\n", time.Minute: "  pages: 64 of 900\n",
	} {
		for _, piece := range []int{1, 7, len(said)} {
			var out strings.Builder
			s := progress.NewSparse(&out, every)
			for rest := said; rest != ""; {
				n, err := s.Write([]byte(rest[:min(piece, len(rest))]))
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if out.String() != want {
				t.Errorf("every %v, in pieces of %d:\n%s", every, piece, out.String())
			}
		}
	}
}
