package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// release is one commit of Galla, on its way into packages.
type release struct {
	root        string
	version     string // Debian's: 1.0.0-1, or 1.0.0~dev132.gcf1a2b3-1 between two tags
	at          time.Time
	commit      string
	changelog   string // of the package galla
	schema      int
	own         string // folder of the helpers
	compression string
}

var changelogHead = regexp.MustCompile(`^galla \(([0-9][0-9A-Za-z.+~]*)-1\) `)

// newRelease reads the changelog, and asks git which commit this is. version overrules both.
func newRelease(root, version string) (*release, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(root, "packaging/debian/changelog"))
	if err != nil {
		return nil, err
	}
	r := &release{root: root, changelog: string(raw)}
	head := changelogHead.FindStringSubmatch(r.changelog)
	if head == nil {
		return nil, fmt.Errorf("packaging/debian/changelog begins with %q: it must begin with the newest version, "+
			"as in \"galla (1.0.0-1) bookworm; urgency=medium\"", strings.SplitN(r.changelog, "\n", 2)[0])
	}

	ask := func(args ...string) (string, error) {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stderr = root, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("git %s: %w", strings.Join(args, " "), err)
		}
		return strings.TrimSpace(string(out)), nil
	}

	stamp, err := ask("log", "-1", "--format=%cI %h", "--abbrev=10")
	if err != nil {
		return nil, err
	}
	when, commit, _ := strings.Cut(stamp, " ")
	if r.at, err = time.Parse(time.RFC3339, when); err != nil {
		return nil, fmt.Errorf("the commit's date: %w", err)
	}
	r.at, r.commit = r.at.UTC(), commit
	tag, err := ask("tag", "--points-at", "HEAD", "--list", "v"+head[1])
	if err != nil {
		return nil, err
	}
	changed, err := ask("status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil, err
	}

	switch {
	case version != "":
		r.version = version
	case tag != "" && changed == "":
		r.version = head[1] + "-1"
		return r, nil
	default: // before the release that the changelog is about, and after every commit before this one
		n, err := ask("rev-list", "--count", "HEAD")
		if err != nil {
			return nil, err
		}
		r.version = fmt.Sprintf("%s~dev%s.g%s", head[1], n, commit)
		if changed != "" {
			r.version += ".changed"
		}
		r.version += "-1"
	}

	r.changelog = fmt.Sprintf("galla (%s) UNRELEASED; urgency=medium\n\n  * Built from commit %s.\n\n -- Galla "+
		"<galla@galla.invalid>  %s\n\n",
		r.version, r.commit, r.at.Format("Mon, 02 Jan 2006 15:04:05 -0700")) + r.changelog
	return r, nil
}
