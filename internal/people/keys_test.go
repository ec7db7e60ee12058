package people

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failing is a store of settings or a key folder of which the n-th write fails, applied or not.
type failing struct {
	*settings
	left    *int
	applied bool
}

func (f failing) step() func() {
	*f.left--
	if *f.left != 0 {
		return func() {}
	}
	f.refuse, f.pretend = !f.applied, f.applied
	return func() { f.refuse, f.pretend = false, false }
}

func (f failing) Put(key string, value []byte) error {
	defer f.step()()
	return f.settings.Put(key, value)
}
func (f failing) Delete(key string) error { defer f.step()(); return f.settings.Delete(key) }

// TestDoor_16_Moved: settings that hold the key lose it to the folder, wherever the box dies on the way; the
// certificate stays the same, and the file is compacted after the key has left it.
func TestDoor_16_Moved(t *testing.T) {
	for _, applied := range []bool{false, true} {
		for dies := range 7 {
			v, keys := &settings{}, &settings{}
			first, _, err := Certificate(v, v, nil) // as it was: both in the settings
			if err != nil {
				t.Fatal(err)
			}
			old, _, _ := v.Get(tlsKey)
			remains := true // of the key, in the file
			left := dies
			compact := func() error {
				if left--; left == 0 && !applied {
					return errDisk
				}
				if _, there, _ := v.Get(tlsKey); !there {
					remains = false
				}
				if left == 0 {
					return errDisk
				}
				return nil
			}
			moved, err := MoveKeys(failing{v, &left, applied}, failing{keys, &left, applied}, compact)
			if left <= 0 && dies > 0 && !errors.Is(err, errDisk) {
				t.Errorf("write %d fails: %v", dies, err)
			}
			if dies == 0 && (!moved || err != nil) {
				t.Errorf("nothing fails: %v, %v", moved, err)
			}
			left = 0
			if _, err := MoveKeys(v, keys, compact); err != nil { // the next start
				t.Fatal(err)
			}
			kept, _, _ := keys.Get(tlsKey)
			if _, there, _ := v.Get(tlsKey); there || remains || !bytes.Equal(kept, old) {
				t.Errorf("write %d failed, applied %v: in the settings %v, remains in the file %v, kept %d bytes",
					dies, applied, there, remains, len(kept))
			}
			if again, anew, err := Certificate(v, keys, nil); err != nil || anew ||
				Fingerprint(again) != Fingerprint(first) {
				t.Errorf("write %d failed, applied %v: another certificate, %v", dies, applied, err)
			}
			if moved, err := MoveKeys(v, keys, func() error { return errors.New("compacted again") }); moved ||
				err != nil {
				t.Errorf("and once more: %v, %v", moved, err)
			}
		}
	}
}

// TestDoor_16_Restored: a copy without its key gets a new certificate and says so; one with its own key goes before
// another box's.
func TestDoor_16_Restored(t *testing.T) {
	v, keys := &settings{}, KeyFolder(t.TempDir())
	first, anew, err := Certificate(v, keys, nil)
	if err != nil || anew {
		t.Fatal(anew, err)
	}
	if again, anew, err := Certificate(v, keys, nil); err != nil || anew || Fingerprint(again) != Fingerprint(first) {
		t.Errorf("the next start: %v, %v", anew, err)
	}
	info, err := os.Stat(filepath.Join(string(keys), "tls.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", info.Mode(), err)
	}
	for k, b := range v.data {
		if bytes.Contains(b, []byte("PRIVATE KEY")) {
			t.Errorf("%s of the settings hold the key", k)
		}
	}

	other := KeyFolder(t.TempDir())
	restored, anew, err := Certificate(v, other, nil)
	if err != nil || !anew || Fingerprint(restored) == Fingerprint(first) {
		t.Errorf("a copy on another box: anew %v, %v", anew, err)
	}
	if _, anew, err := Certificate(v, keys, nil); err != nil || !anew {
		t.Errorf("a key that is not the certificate's: anew %v, %v", anew, err)
	}

	if err := os.Chmod(filepath.Join(string(keys), "tls.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Certificate(v, keys, nil); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

// TestKeyDeleted: a key that is deleted is gone, the others stay, and a missing one is no error.
func TestKeyDeleted(t *testing.T) {
	keys := KeyFolder(t.TempDir())
	for _, name := range []string{"office/join", "tls/key"} {
		if err := keys.Put(name, []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := keys.Delete("office/join"); err != nil {
			t.Error(err)
		}
	}
	if _, found, err := keys.Get("office/join"); found || err != nil {
		t.Error("it is there still", err)
	}
	if v, found, err := keys.Get("tls/key"); !found || string(v) != "tls/key" {
		t.Error("the other is gone", err)
	}
	if err := KeyFolder(t.TempDir() + "/none").Delete("x"); err == nil {
		t.Error("a folder that is not there had it deleted")
	}
}
