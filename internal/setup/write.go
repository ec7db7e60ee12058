package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Places are where a till's settings lie.
type Places struct {
	Config    string // gallad.toml
	Credstore string // keys as they are, 0600
	Encrypted string // keys encrypted for this machine; empty: they are not encrypted
	DropIn    string // of gallad.service, for encrypted keys; needed with Encrypted
	Display   string // the screen's flags, /etc/default/galla-display; empty or missing: it has none
	// Seal encrypts a key for this machine into a file; nil or an error: it can't, and the key is stored as it is.
	Seal func(name string, secret []byte, to string) error
	Now  func() time.Time
}

// Standard are the places on a box.
func Standard() Places {
	return Places{Config: "/etc/galla/gallad.toml", Credstore: "/etc/credstore", Encrypted: "/etc/credstore.encrypted",
		DropIn: "/etc/systemd/system/gallad.service.d/keys.conf", Display: "/etc/default/galla-display", Seal: Seal, Now: time.Now}
}

// Written says what Write did.
type Written struct {
	Config, Backup string
	Keys           []string // paths
	Encrypted      bool
}

// Write puts the plan in place: the keys, then the screen's flags, then the config. If we die before the last step, the old
// config stands whole and the till runs as before, with new keys for the accounts that were tried with them.
func (p Places) Write(plan Plan) (w Written, err error) {
	// Keys that stay and are encrypted stay in the drop-in too.
	sealed, err := p.sealedKept(plan)
	if err != nil {
		return w, err
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Credentials)) {
		path, encrypted, err := p.key(name, plan.Credentials[name])
		if err != nil {
			return w, fmt.Errorf("the keys can't be stored: %w; galla setup needs root: sudo galla setup", err)
		}
		w.Keys = append(w.Keys, path)
		if encrypted {
			sealed, w.Encrypted = append(sealed, name), true
		}
	}
	if err := p.dropIn(sealed); err != nil {
		return w, err
	}
	if err := p.turn(plan.Rotate); err != nil {
		return w, err
	}
	if w.Backup, err = p.backup(); err != nil {
		return w, err
	}
	if err := replace(p.Config, plan.Config, 0o644, 0o755); err != nil {
		return w, fmt.Errorf("the config can't be written: %w", err)
	}
	w.Config = p.Config
	return w, nil
}

// key stores one file of keys. When it could be encrypted, the plain one is removed: last, so that one of them is always there.
func (p Places) key(name string, secret []byte) (path string, encrypted bool, err error) {
	plain := filepath.Join(p.Credstore, name)
	if p.Encrypted != "" && p.Seal != nil {
		sealed := filepath.Join(p.Encrypted, name)
		if err := os.MkdirAll(p.Encrypted, 0o700); err != nil {
			return "", false, err
		}
		if p.Seal(name, secret, sealed) == nil {
			if err := os.Remove(plain); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", false, err
			}
			return sealed, true, nil
		}
	}
	return plain, false, replace(plain, secret, 0o600, 0o700)
}

// sealedKept lists encrypted keys the plan doesn't touch and the config still needs.
func (p Places) sealedKept(plan Plan) (names []string, err error) {
	for _, name := range plan.Kept {
		if _, err := os.Stat(filepath.Join(p.Encrypted, name)); p.Encrypted != "" && err == nil {
			names = append(names, name)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return names, nil
}

// Stored says whether keys of a gateway are there already.
func (p Places) Stored(provider string) bool {
	for _, dir := range []string{p.Credstore, p.Encrypted} {
		if _, err := os.Stat(filepath.Join(dir, "gateway-"+provider)); dir != "" && err == nil {
			return true
		}
	}
	return false
}

// dropIn tells systemd which keys are encrypted (systemd.exec(5), LoadCredentialEncrypted=; the last line for a name counts).
func (p Places) dropIn(sealed []string) error {
	if p.DropIn == "" {
		return nil
	}
	if len(sealed) == 0 {
		if err := os.Remove(p.DropIn); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b := []byte("# Written by galla setup: keys encrypted for this machine. Without the encrypted file gallad doesn't start.\n[Service]\n")
	for _, name := range sealed {
		b = fmt.Appendf(b, "LoadCredentialEncrypted=%s:%s\n", name, filepath.Join(p.Encrypted, name))
	}
	return replace(p.DropIn, b, 0o644, 0o755)
}

var (
	flagsLine = regexp.MustCompile(`(?m)^FLAGS="(.*)"$`)
	turned    = regexp.MustCompile(`\s*-?-rotate[ =](\d+)`)
)

// Rotation is how far the screen is turned now.
func (p Places) Rotation() int {
	raw, err := os.ReadFile(p.Display)
	if err != nil {
		return 0 // no screen is installed
	}
	if m := flagsLine.FindSubmatch(raw); m != nil {
		if r := turned.FindSubmatch(m[1]); r != nil {
			n, _ := strconv.Atoi(string(r[1])) // only digits, and a number too large is no rotation
			return n
		}
	}
	return 0
}

// turn sets the rotation among the screen's flags and leaves the others.
func (p Places) turn(degrees int) error {
	if p.Display == "" {
		return nil
	}
	raw, err := os.ReadFile(p.Display)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no screen is installed
	} else if err != nil {
		return fmt.Errorf("the screen's settings: %w", err)
	}
	m := flagsLine.FindSubmatch(raw)
	if m == nil {
		raw = append(bytes.TrimRight(raw, "\n"), "\nFLAGS=\"\"\n"...)
		m = [][]byte{nil, nil}
	}
	flags := bytes.TrimSpace(turned.ReplaceAll(m[1], nil))
	if degrees != 0 {
		flags = bytes.TrimSpace(append(flags, " -rotate "+strconv.Itoa(degrees)...))
	}
	return replace(p.Display, flagsLine.ReplaceAllLiteral(raw, fmt.Appendf(nil, "FLAGS=\"%s\"", flags)), 0o644, 0o755)
}

// backup copies the config there is beside itself, under the moment's name.
func (p Places) backup() (string, error) {
	raw, err := os.ReadFile(p.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("the config there is can't be kept: %w", err)
	}
	at := p.Now
	if at == nil {
		at = time.Now
	}
	name := p.Config + "." + at().UTC().Format("20060102-150405")
	return name, replace(name, raw, 0o644, 0o755)
}

// replace writes a file whole: beside it, flushed, renamed. If we die, the old file stands, and perhaps a ".new" beside it,
// which the next one replaces. An existing file keeps its mode and owner.
func replace(path string, b []byte, mode, dirMode fs.FileMode) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	uid, gid := -1, -1
	if info, err := os.Stat(path); err == nil {
		mode = mode&info.Mode().Perm() | 0o600 // never wider than it was
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(st.Uid), int(st.Gid)
		}
	}
	tmp := path + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode))
	if uid >= 0 && os.Geteuid() == 0 {
		err = errors.Join(err, f.Chown(uid, gid))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
