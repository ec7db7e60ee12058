package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	only   = flag.String(
		"machines",
		"amd64,arm64,armhf",
		"the machines whose packages are looked at; amd64 must be among them",
	)
)

// tested are the machines that -machines names.
func tested() (all []machine) {
	for _, m := range machines {
		if slices.Contains(strings.Split(*only, ","), m.deb) {
			all = append(all, m)
		}
	}
	return all
}

// built are the packages of this tree for every machine, made once.
var built struct{ dir string }

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "galla-deb")
	if err == nil {
		built.dir = dir
		err = run([]string{"-root", "../..", "-to", dir, "-compression", "gzip", "-arch", *only}, io.Discard, os.Stderr)
	}
	if err != nil {
		os.Stderr.WriteString("the packages can't be built: " + err.Error() + "\n")
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// debs are the built packages of one machine, by name.
func debs(t *testing.T, dir, arch string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_"+arch+".deb"))
	if err != nil || len(files) != len(packages) {
		t.Fatalf("%d packages for %s, want %d: %v", len(files), arch, len(packages), err)
	}
	all := map[string]string{}
	for _, f := range files {
		name, _, _ := strings.Cut(filepath.Base(f), "_")
		all[name] = f
	}
	return all
}

// TestContents: what each package puts where, whose it is and with which mode; and what it asks of the machine.
func TestContents(t *testing.T) {
	size := regexp.MustCompile(`(?m)^(\S+) (\S+) +\d+ \d{4}-\d\d-\d\d \d\d:\d\d (.*)$`)
	version := regexp.MustCompile(`(?m)^(Version: |Installed-Size: )\S+|\(= [^)]+\)`)
	for _, m := range tested() {
		for name, file := range debs(t, built.dir, m.deb) {
			list := size.ReplaceAllString(command(t, "dpkg-deb", "-c", file), "$1 $2 $3")
			lines := strings.SplitAfter(list, "\n")
			slices.SortFunc(lines, func(a, b string) int {
				return strings.Compare(a[strings.Index(a+" ./", " ./"):], b[strings.Index(b+" ./", " ./"):])
			})
			got := version.ReplaceAllStringFunc(command(t, "dpkg-deb", "-f", file), func(s string) string {
				head, _, _ := strings.Cut(s, " ")
				return head + " …"
			})
			got = strings.ReplaceAll(got, "Architecture: "+m.deb, "Architecture: …") + strings.Join(lines, "")
			golden := filepath.Join("testdata", name+".txt")
			if *update && m.deb == "amd64" {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s for %s holds\n%s\nwant (go test -update writes it anew)\n%s", name, m.deb, got, want)
			}
		}
	}
}

// unpacked is a package's files and scripts in a folder.
func unpacked(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	command(t, "dpkg-deb", "-R", file, dir)
	return dir
}

// TestMachines: every program is for the machine that its package names.
func TestMachines(t *testing.T) {
	for _, m := range tested() {
		for name, file := range debs(t, built.dir, m.deb) {
			dir := unpacked(t, file)
			for _, p := range programs[name] {
				info, err := buildinfo.ReadFile(filepath.Join(dir, "usr/bin", p))
				if err != nil {
					t.Fatal(err)
				}
				set := map[string]string{}
				for _, s := range info.Settings {
					set[s.Key] = s.Value
				}
				if set["GOARCH"] != m.goarch || set["GOARM"] != m.goarm || set["CGO_ENABLED"] != "0" ||
					set["-trimpath"] != "true" {
					t.Errorf("%s for %s was built with %v", p, m.deb, set)
				}
			}
		}
	}
}

// TestLicences: whatever is linked is in the copyright file and in the list of parts, each with its licence.
func TestLicences(t *testing.T) {
	for _, m := range tested() {
		for name, file := range debs(t, built.dir, m.deb) {
			doc := filepath.Join(unpacked(t, file), "usr/share/doc", name)
			raw, err := os.ReadFile(filepath.Join(doc, "copyright"))
			if err != nil {
				t.Fatal(err)
			}
			terms := "\n" + string(raw)
			parts, err := os.Open(filepath.Join(doc, "sbom.cdx.json"))
			if err != nil {
				t.Fatal(err)
			}
			var bom cdx.BOM
			err = cdx.NewBOMDecoder(parts, cdx.BOMFileFormatJSON).Decode(&bom)
			parts.Close()
			if err != nil {
				t.Fatal(err)
			}
			listed := map[string]cdx.Component{}
			for _, c := range *bom.Components {
				listed[c.PackageURL] = c
				if c.Licenses == nil || len(*c.Licenses) == 0 {
					t.Errorf("%s: the list of parts has no licence for %s", name, c.Name)
				}
			}
			for _, p := range programs[name] {
				info, err := buildinfo.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(doc)), "../bin", p))
				if err != nil {
					t.Fatal(err)
				}
				if len(info.Deps) == 0 {
					t.Fatalf("%s says that it is made of nothing", p)
				}
				if _, ok := listed["pkg:golang/std@"+strings.TrimPrefix(info.GoVersion, "go")]; !ok {
					t.Errorf("%s: the standard library is not listed", name)
				}
				for _, d := range info.Deps {
					stanza, words, _ := strings.Cut(terms, "\nFiles: vendor/"+d.Path+"/*\n")
					if words == "" {
						t.Errorf("%s: the copyright file has nothing of %s, which is linked into %s (its "+
							"first stanza is %.60q)", name, d.Path, p, stanza)
						continue
					}
					_, licence, _ := strings.Cut(words, "\nLicense: ")
					licence, _, _ = strings.Cut(licence, "\n")
					if _, body, _ := strings.Cut(terms, "\nLicense: "+licence+"\n "); len(body) < 100 {
						t.Errorf("%s: the words of licence %q, for %s, are missing", name, licence, d.Path)
					}
					c, ok := listed["pkg:golang/"+d.Path+"@"+d.Version]
					if !ok || d.Sum != "" && (c.Hashes == nil || len((*c.Hashes)[0].Value) != 64) {
						t.Errorf("%s: the list of parts lacks %s %s, or its hash", name, d.Path, d.Version)
					}
				}
			}
		}
	}
}

// TestUnknownLicence: what can't be read as a licence stops the build.
func TestUnknownLicence(t *testing.T) {
	dir := t.TempDir()
	m := module{path: "example.org/m", version: "v1.0.0", dirs: []string{dir}}
	if err := m.read(); err == nil || !strings.Contains(err.Error(), "has no licence") {
		t.Errorf("without a licence: %v", err)
	}
	err := os.WriteFile(filepath.Join(dir, "LICENSE.md"), []byte("You may use this on Tuesdays.\n"), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.read(); err == nil || !strings.Contains(err.Error(), "look at it") {
		t.Errorf("with words of its own: %v", err)
	}
}

// TestReproducible: another folder, umask, time zone and language, and files touched now, give the same bytes.
func TestReproducible(t *testing.T) {
	top := t.TempDir()
	other := filepath.Join(top, "another folder", "galla")
	files := strings.Fields(command(t, "git", "-C", "../..", "ls-files", "--recurse-submodules"))
	old := syscall.Umask(0o002)
	defer syscall.Umask(old)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join("../..", f))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(other, f)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, raw, 0o777)); err != nil {
			t.Fatal(err)
		}
	}
	git := strings.TrimSpace(command(t, "git", "-C", "../..", "rev-parse", "--absolute-git-dir"))
	command(t, "cp", "-r", git, filepath.Join(other, ".git"))
	command(t, "git", "-C", other, "config", "core.fileMode", "false")
	cmd := exec.Command(
		"go",
		"run",
		".",
		"-root",
		other,
		"-to",
		filepath.Join(top, "out"),
		"-arch",
		"amd64",
		"-compression",
		"gzip",
	)
	cmd.Dir = filepath.Join(other, "packaging/deb")
	cmd.Env = append(
		os.Environ(),
		"TZ=Asia/Kolkata",
		"LC_ALL=C.UTF-8",
		"LANG=hi_IN",
		"HOME="+top,
		"GOPATH="+strings.TrimSpace(command(t, "go", "env", "GOPATH")),
		"GOCACHE="+strings.TrimSpace(command(t, "go", "env", "GOCACHE")),
		"GOFLAGS=-buildvcs=true",
		"SOURCE_DATE_EPOCH=1",
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	first, second := debs(t, built.dir, "amd64"), debs(t, filepath.Join(top, "out"), "amd64")
	for name := range first {
		a, errA := os.ReadFile(first[name])
		b, errB := os.ReadFile(second[name])
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(first[name]) != filepath.Base(second[name]) || !bytes.Equal(a, b) {
			t.Errorf("%s: %x\nand %s: %x", first[name], sha256.Sum256(a), second[name], sha256.Sum256(b))
		}
	}
}

// TestLintian: Debian's own checker has nothing to say but what the overrides give reasons for.
func TestLintian(t *testing.T) {
	args := []string{"--fail-on", "error,warning", "--allow-root", "--tag-display-limit", "0"}
	for _, m := range tested() {
		for _, file := range debs(t, built.dir, m.deb) {
			args = append(args, file)
		}
	}
	out, err := exec.Command("lintian", args...).CombinedOutput()
	if err != nil || regexp.MustCompile(`(?m)^[EW]: `).Match(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestScripts: the maintainer scripts are what dpkg's shell can run, and shellcheck finds nothing in them.
func TestScripts(t *testing.T) {
	n := 0
	for _, file := range debs(t, built.dir, "amd64") {
		control := filepath.Join(unpacked(t, file), "DEBIAN")
		for _, kind := range scriptKinds {
			script := filepath.Join(control, kind)
			if !exists(script) {
				continue
			}
			n++
			if out, err := exec.Command("shellcheck", "-s", "dash", script).CombinedOutput(); err != nil {
				t.Errorf("%s of %s: %v\n%s", kind, filepath.Base(file), err, out)
			}
			if raw, err := os.ReadFile(script); err != nil || bytes.Contains(raw, []byte("@SCHEMA@")) {
				t.Errorf("%s of %s: %v, or the schema isn't in it", kind, filepath.Base(file), err)
			}
		}
	}
	if n < 7 {
		t.Errorf("only %d scripts were looked at", n)
	}
	recipes, err := filepath.Glob("../*/*.sh")
	if err != nil || len(recipes) < 10 {
		t.Fatalf("%q are the recipes: %v", recipes, err)
	}
	if out, err := exec.Command("shellcheck", append([]string{"-S", "warning"}, recipes...)...).
		CombinedOutput(); err != nil {
		t.Errorf("recipes: %v\n%s", err, out)
	}
}

// TestManuals: every page reads without a complaint.
func TestManuals(t *testing.T) {
	for _, file := range debs(t, built.dir, "amd64") {
		pages, err := filepath.Glob(filepath.Join(unpacked(t, file), "usr/share/man/man*/*.gz"))
		if err != nil || len(pages) == 0 {
			t.Fatalf("%s has no manual pages: %v", file, err)
		}
		for _, page := range pages {
			out, err := exec.Command("sh", "-c", "zcat '"+page+"' | groff -K utf8 -man -ww -Tutf8 -z").CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("%s: %v\n%s", filepath.Base(page), err, out)
			}
		}
	}
}

// TestManualNamesEveryCommand: what gallad would have had instead of a wrong command is on its page.
func TestManualNamesEveryCommand(t *testing.T) {
	galla := unpacked(t, debs(t, built.dir, "amd64")["galla"])
	said, err := exec.Command(filepath.Join(galla, "usr/bin/gallad"), "no-such-command").CombinedOutput()
	_, list, found := strings.Cut(string(said), ": use ")
	if err == nil || !found {
		t.Fatalf("%v: %s", err, said)
	}
	page := command(t, "zcat", filepath.Join(galla, "usr/share/man/man8/gallad.8.gz"))
	n := 0
	for _, c := range strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
		if c == "or" || c == "serve" { // serve needs no word
			continue
		}
		n++
		if !strings.Contains(page, "\n.B gallad "+c+"\n") {
			t.Errorf("gallad(8) says nothing of %q", c)
		}
	}
	if n < 6 {
		t.Errorf("only %d commands were found in %q", n, list)
	}
}

// TestManualOfSettings: the page has every line of the settings as they come, where a file that was written anew has
// none.
func TestManualOfSettings(t *testing.T) {
	galla := unpacked(t, debs(t, built.dir, "amd64")["galla"])
	page := command(
		t,
		"sh",
		"-c",
		"zcat '"+galla+"/usr/share/man/man5/gallad.toml.5.gz' | groff -K utf8 -Tutf8 -P-c -P-b -P-u -man -rLL=200n",
	)
	raw, err := os.ReadFile(filepath.Join(galla, "usr/share/galla/gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\n"); line == "" {
			continue
		}
		n++
		if !strings.Contains(page, line+"\n") {
			t.Errorf("gallad.toml(5) lacks %q", line)
		}
	}
	if n < 100 {
		t.Errorf("only %d lines were looked for", n)
	}
}

// TestManualsNameEveryFlag: what -h says is on the page, flag by flag.
func TestManualsNameEveryFlag(t *testing.T) {
	pages := roffFlags(
		[]byte(
			"usage: x\n  -rotate degrees\n    \tturn it (default 0)\n  -v\tbriefly\n  -calm\n    \tdon't\n    " +
				"\t.misbehave\n",
		),
	)
	want := ".TP\n\\fB\\-rotate\\fR \\fIdegrees\\fR\nturn it (default 0)\n.TP\n\\fB\\-v\\fR\nbriefly\n.TP\n" +
		"\\fB\\-calm\\fR\ndon't\n\\&.misbehave\n"
	if string(pages) != want {
		t.Errorf("%s\nwant\n%s", pages, want)
	}
	for page, flags := range map[string][]string{"galla-display": {"rotate", "monitor", "volume", "voice"},
		"galla-sim": {"calm", "autopay", "seed"}} {
		raw := command(
			t,
			"sh",
			"-c",
			"zcat "+filepath.Join(unpacked(t, debs(t, built.dir, "amd64")[page]), "usr/share/man/man1", page+".1.gz"),
		)
		for _, f := range flags {
			if !strings.Contains(raw, "\n\\fB\\-"+f+"\\fR") {
				t.Errorf("the page of %s lacks -%s", page, f)
			}
		}
	}
}

// TestCompletions: each shell offers what galla knows.
func TestCompletions(t *testing.T) {
	share := filepath.Join(unpacked(t, debs(t, built.dir, "amd64")["galla"]), "usr/share")
	for shell, script := range map[string]string{
		"bash": `source ` + share +
			`/bash-completion/completions/galla; COMP_WORDS=(galla report x --p) COMP_CWORD=3; _galla; printf ` +
			`'%s\n' "${COMPREPLY[@]}"
			COMP_WORDS=(galla rep) COMP_CWORD=1; _galla; printf '%s\n' "${COMPREPLY[@]}"`,
		"zsh": `compadd() { shift; print -l -- $@ }; words=(galla report x --p); CURRENT=4; source ` + share +
			`/zsh/vendor-completions/_galla
			words=(galla rep); CURRENT=2; source ` + share + `/zsh/vendor-completions/_galla`,
		"fish": `source ` + share + `/fish/vendor_completions.d/galla.fish; complete -C "galla report x --p"; ` +
			`complete -C "galla rep"`,
	} {
		out, err := exec.Command(shell, "-c", script).CombinedOutput()
		lines := strings.Split(string(out), "\n")
		if err != nil || !slices.Contains(lines, "--print") || !slices.Contains(lines, "report") {
			t.Errorf("%s: %v, offers %q", shell, err, lines)
		}
	}
}

// TestDependencies: a Debian 12 has everything the packages ask for, and the till alone pulls in no graphics.
func TestDependencies(t *testing.T) {
	all := debs(t, built.dir, "amd64")
	command(
		t,
		"apt-get",
		"install",
		"--simulate",
		"--no-install-recommends",
		all["galla"],
		all["galla-display"],
		all["galla-sim"],
		all["galla-office"],
	)
	till := command(t, "dpkg-deb", "-f", all["galla"], "Depends")
	screen := command(t, "dpkg-deb", "-f", all["galla-display"], "Depends")
	for _, graphics := range []string{"libx11", "cage", "xwayland", "mesa", "seatd"} {
		if strings.Contains(till, graphics) || !strings.Contains(screen, graphics) {
			t.Errorf("%s is in the wrong package: galla needs %s, galla-display %s", graphics, till, screen)
		}
	}
	if strings.Contains(screen, "mesa-utils") {
		t.Error("with mesa-utils ebiten runs glxinfo at every start")
	}
}

// TestRules: udev understands every line. It reads the rules for a device that they don't match.
func TestRules(t *testing.T) {
	rules, err := filepath.Abs(
		filepath.Join(unpacked(t, debs(t, built.dir, "amd64")["galla"]), "lib/udev/rules.d/61-galla-printer.rules"),
	)
	if err != nil {
		t.Fatal(err)
	}
	read := func(extra string) string { // in a mount namespace, so that this machine's udev never sees the file
		return command(
			t,
			"unshare",
			"-m",
			"sh",
			"-c",
			"mount -t tmpfs none /run && mkdir -p /run/udev/rules.d && cp '"+rules+"' /run/udev/rules.d/ && echo '"+
				extra+"' >>/run/udev/rules.d/61-galla-printer.rules && { udevadm test /sys/class/tty/tty0 "+
				"2>&1 || true; }",
		)
	}
	complaint := regexp.MustCompile(`61-galla-printer\.rules:\d+.*`)
	if said := complaint.FindAllString(read(""), -1); len(said) > 0 {
		t.Errorf("udev says %q", said)
	}
	if said := read(`SUBSYSTEMM=="tty", SYMLINK+="x"`); !complaint.MatchString(said) {
		t.Errorf("udev finds nothing wrong with SUBSYSTEMM: it didn't read the rules\n%s", said)
	}
}
