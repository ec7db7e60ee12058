package setup

import (
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

	"golang.org/x/sys/unix"

	"galla/internal/config"
)

// Places are where a till's settings lie.
type Places struct {
	Config    string // gallad.toml
	Credstore string // keys as they are, 0600
	Encrypted string // keys encrypted for this machine; empty: they are not encrypted
	DropIn    string // of gallad.service, for encrypted keys; needed with Encrypted
	Display   string // how the screen is turned, for its unit; empty: nobody asks
	// Seal encrypts a key for this machine into a file; nil or an error: it can't, and the key is stored as it is.
	Seal func(name string, secret []byte, to string) error
	// Open gives back what Seal wrote; needed with Encrypted where keys are read.
	Open func(name, from string) ([]byte, error)
	Now  func() time.Time
}

// Standard are the places on a box. Where /etc is gone with the power, as on our read-only image, only /etc/galla and
// /etc/credstore last, and keys are stored as they are.
func Standard() Places {
	p := Places{
		Config:    "/etc/galla/gallad.toml",
		Credstore: "/etc/credstore",
		Display:   "/etc/galla/display.conf",
		Now:       time.Now,
	}
	if !passing("/etc") {
		p.Encrypted, p.DropIn, p.Seal, p.Open = "/etc/credstore.encrypted",
			"/etc/systemd/system/gallad.service.d/keys.conf", seal, unseal
	}
	return p
}

// At are the places of a till with a config and a credstore of its own. Away from the standard ones nothing is
// encrypted: another machine may have to read it.
func At(path, credstore string) Places {
	p := Standard()
	if path != p.Config || credstore != p.Credstore {
		p.Encrypted, p.DropIn, p.Seal, p.Open = "", "", nil, nil
		p.Display = filepath.Join(filepath.Dir(path), filepath.Base(p.Display))
	}
	p.Config, p.Credstore = path, credstore
	return p
}

// passing says that a folder is in memory, or a layer of it (statfs(2), f_type).
func passing(dir string) bool {
	var s unix.Statfs_t
	return unix.Statfs(dir, &s) == nil &&
		(int64(s.Type) == unix.OVERLAYFS_SUPER_MAGIC || int64(s.Type) == unix.TMPFS_MAGIC)
}

// Plan works the answers into the config as it is now. An error of reading it is a *fs.PathError; any other is a
// mistake in the answers.
func (p Places) Plan(a Answers) (Plan, error) {
	old, err := os.ReadFile(p.Config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Plan{}, err
	}

	a.Gateways = slices.Clone(a.Gateways)
	for i, g := range a.Gateways {
		if g.Keep || len(g.WebhookSecrets) > 0 {
			continue
		}
		// Nobody is asked for these, and a till with webhooks doesn't start without them.
		if stored, _, err := p.Keys(g.Provider); err == nil {
			a.Gateways[i].WebhookSecrets = stored.WebhookSecrets
		}
	}
	return Make(p.Config, old, a)
}

// Written says what Write did.
type Written struct {
	Config, Backup string
	Keys           []string // paths
	Encrypted      bool
}

// Write puts the plan in place: the keys, then the screen's rotation, then the config. If we die before the last step,
// the old config stands whole and the till runs as before, with new keys for the accounts that were tried with them.
func (p Places) Write(plan Plan) (w Written, err error) {
	// Keys that stay and are encrypted stay in the drop-in too.
	sealed, err := p.sealedKept(plan)
	if err != nil {
		return w, err
	}
	var replaced []string
	for _, name := range slices.Sorted(maps.Keys(plan.Credentials)) {
		path, other, err := p.key(name, plan.Credentials[name])
		if err != nil {
			return w, fmt.Errorf("the keys can't be stored: %w; galla setup needs root: sudo galla setup", err)
		}
		w.Keys = append(w.Keys, path)
		if other != "" {
			replaced = append(replaced, other)
		}
		if path != filepath.Join(p.Credstore, name) {
			sealed, w.Encrypted = append(sealed, name), true
		}
	}

	if err := p.dropIn(sealed); err != nil {
		return w, err
	}

	// If we die before this, old keys lie beside the new ones, and the drop-in says which count.
	for _, path := range replaced {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return w, fmt.Errorf("the old keys %s can't be removed: %w", path, err)
		}
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

// key stores one file of keys, encrypted if that can be done. other is where the same account's old keys may lie in the
// other form: they go only when the drop-in says which form counts, or a till that starts in between would have none,
// and a later setup that keeps the stored keys would take the wrong ones.
func (p Places) key(name string, secret []byte) (path, other string, err error) {
	plain := filepath.Join(p.Credstore, name)
	if p.Encrypted == "" {
		return plain, "", replace(plain, secret, 0o600, 0o700)
	}
	sealed := filepath.Join(p.Encrypted, name)
	if p.Seal != nil {
		if err := os.MkdirAll(p.Encrypted, 0o700); err != nil {
			return "", "", err
		}
		if p.Seal(name, secret, sealed) == nil {
			return sealed, plain, nil
		}
	}
	return plain, sealed, replace(plain, secret, 0o600, 0o700)
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

// Keys reads the keys of a gateway where they are stored, for programs that systemd hands none: encrypted ones count
// before plain ones, as the drop-in has it. Without root it fails with fs.ErrPermission.
func (p Places) Keys(name string) (s config.Secrets, path string, err error) {
	if p.Encrypted != "" {
		path = filepath.Join(p.Encrypted, "gateway-"+name)
		switch _, err := os.Stat(path); {
		case err == nil:
			raw, err := p.Open("gateway-"+name, path)
			if err != nil {
				return s, path, fmt.Errorf("gateway %q: its keys in %s can't be opened: on another machine than the "+
					"one that encrypted them they must be entered anew (%w)", name, path, err)
			}
			s, err = config.ParseSecrets(name, path, raw)
			return s, path, err
		case !errors.Is(err, fs.ErrNotExist):
			return s, path, fmt.Errorf("gateway %q: its keys can't be read: %w", name, err)
		}
	}
	return config.ReadSecrets(name, p.Credstore)
}

// dropIn tells systemd which keys are encrypted (systemd.exec(5), LoadCredentialEncrypted=; the last line for a name
// counts).
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
	b := []byte("# Written by galla setup: keys encrypted for this machine. Without the encrypted " +
		"file gallad doesn't start.\n[Service]\n")
	for _, name := range sealed {
		b = fmt.Appendf(b, "LoadCredentialEncrypted=%s:%s\n", name, filepath.Join(p.Encrypted, name))
	}
	return replace(p.DropIn, b, 0o644, 0o755)
}

var turned = regexp.MustCompile(`(?m)^TURN="-rotate (\d{1,3})"$`)

// Rotation is how far the screen is turned now.
func (p Places) Rotation() int {
	raw, err := os.ReadFile(p.Display)
	if err != nil {
		return 0 // nobody has turned it
	}
	m := turned.FindSubmatch(raw)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1])) // three digits at most
	return n
}

// turn writes the screen's rotation, which galla-display.service adds to its flags.
func (p Places) turn(degrees int) error {
	if p.Display == "" || degrees == p.Rotation() {
		return nil
	}
	return replace(p.Display, fmt.Appendf(nil, "# Written by galla setup: how the customer's screen is turned. "+
		"Other flags: /etc/default/galla-display\nTURN=\"-rotate %d\"\n", degrees), 0o644, 0o755)
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

// replace writes a file whole: beside it, flushed, renamed. If we die, the old file stands, and perhaps a ".new" beside
// it, which the next one replaces. An existing file keeps its mode and owner.
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
