//go:build rig

package demo

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"galla/internal/upiqr"
)

const (
	// the address of the box in its own network, as a container's published port comes in by one
	outside = "10.11.12.13"
	nobody  = 65534
)

// tarball is built once for both tests.
var tarball = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "galla-demo-tar-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "run", "-C", "../deb", ".", "-root", "../..", "-to", dir, "-arch",
		runtime.GOARCH, "-demo").
		CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	all, err := filepath.Glob(filepath.Join(dir, "galla-demo_*.tar.gz"))
	if err != nil || len(all) != 1 {
		return "", fmt.Errorf("%q is not one tarball: %v", all, err)
	}
	return all[0], nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := tarball(); err == nil {
		os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

func sh(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// unpacked is the tarball in a folder of its own.
func unpacked(t *testing.T) string {
	t.Helper()
	file, err := tarball()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	sh(t, dir, "tar", "xf", file, "--no-same-owner")
	return filepath.Join(dir, "galla-demo")
}

// TestEmptyMachine: the tarball runs where there is nothing: no library, no PATH, no HOME, no user, no place to write
// but /tmp.
func TestEmptyMachine(t *testing.T) {
	dir := unpacked(t)
	for _, program := range []string{"galla", "gallad", "galla-sim"} {
		if said := sh(t, dir, "readelf", "-lW", program); strings.Contains(said, "INTERP") ||
			strings.Contains(said, "DYNAMIC") {
			t.Errorf("%s is not static:\n%s", program, said)
		}
	}
	for _, place := range []string{"dev", "proc", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, place), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	serves(t, `
mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"
mount -t tmpfs -o mode=1777 tmpfs "$0/tmp" && mount -t proc proc "$0/proc"
mount -t tmpfs -o mode=755 tmpfs "$0/dev" && mknod -m 666 "$0/dev/null" c 1 3
exec env -i "$(command -v chroot)" --userspec=65534:65534 "$0" /galla demo --serve --listen 0.0.0.0 --out /tmp/demo `+
		`--pay 4s`, dir)
}

// TestContainer: so does the container that Debian's buildah makes of it, without a runtime: isolation is a chroot.
func TestContainer(t *testing.T) {
	dir, store := unpacked(t), t.TempDir()
	buildah := func(args ...string) string {
		t.Helper()
		return sh(
			t,
			dir,
			"buildah",
			append(
				[]string{"--storage-driver", "vfs", "--root", store + "/root", "--runroot", store + "/run"},
				args...)...)
	}
	buildah("bud", "--isolation", "chroot", "--format", "oci", "-t", "galla-demo", ".")
	var made struct {
		OCIv1 struct {
			Config struct{ Entrypoint []string } `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(buildah("inspect", "--type", "image", "galla-demo")), &made); err != nil {
		t.Fatal(err)
	}
	entry := made.OCIv1.Config.Entrypoint
	if len(entry) < 3 || entry[0] != "/galla" {
		t.Fatalf("the container's entry is %q", entry)
	}
	box := strings.TrimSpace(buildah("from", "--pull-never", "galla-demo"))
	t.Cleanup(func() { buildah("rm", "-a") })
	serves(t, `exec buildah --storage-driver vfs --root "$0/root" --runroot "$0/run" run --isolation chroot "$1" -- `+
		`"${@:2}" --pay 4s`,
		store, append([]string{box}, entry...)...)
}

// serves runs a bash script, whose "$0" and arguments are args, in a network, a tree of mounts and a set of processes
// of its own, and sells.
func serves(t *testing.T, script, zero string, args ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("this test mounts, and makes a network: run it as root")
	}
	var said, wrong text
	cmd := exec.Command(
		"bash",
		append(
			[]string{"-euc", "ip link set lo up; ip address add " + outside + "/32 dev lo\n" + script, zero},
			args...)...)
	cmd.Stdout, cmd.Stderr = &said, &wrong
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	for begin := time.Now(); !strings.Contains(said.String(), "Ctrl-C ends it."); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > 2*time.Minute || len(ended) > 0 {
			t.Fatalf("it does not come up: %s %s", &said, &wrong)
		}
	}
	token := regexp.MustCompile(`token +(\S+)`).FindStringSubmatch(said.String())
	if token == nil || !strings.Contains(said.String(), "screen         http://127.0.0.1:8088") ||
		!strings.Contains(said.String(), "console        http://127.0.0.1:8086") {
		t.Fatalf("it says %s", &said)
	}
	b := &box{t: t, token: token[1], client: &http.Client{
		Transport: &http.Transport{DialContext: within(t, cmd.Process.Pid)},
		Timeout:   15 * time.Second,
	}}

	if page := b.get("http://" + outside + ":8088/"); !bytes.Contains(page.body, []byte("/picture")) {
		t.Errorf("the page of the screen is %.200s", page.body)
	}
	for begin, number := time.Now(), ""; ; { // a browser that has a picture asks for the next
		if got := b.get("http://" + outside + ":8088/picture?after=" + number).number; got != "" {
			number = got
		}
		at := b.read("GET", "/v1/health", "")["display"]
		if at == "connected" {
			break
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("with a browser that looks the till says of its screen %q", at)
		}
	}
	sale := b.read("POST", "/v1/sales", `{"amount_paise":25000,"reference":"BILL-17"}`)
	id, payload, shown := sale["id"].(string), "", ""
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if qr, ok := sale["qr"].(map[string]any); ok && payload == "" {
			payload = qr["payload"].(string)
		}
		if shown == "" && payload != "" {
			var err error
			if shown, err = upiqr.DecodePicture(b.get("http://" + outside + ":8088/picture").body); err == nil &&
				shown != payload {
				// still the pairing's, for a moment
				t.Logf("the picture says %q, the gateway issued %q", shown, payload)
				shown = ""
			}
		}
		if sale["phase"] == "paid" {
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatalf("the sale is not paid: %v", sale)
		}
		sale = b.read("GET", "/v1/sales/"+id, "")
	}
	if shown == "" {
		t.Error("no picture showed the QR")
	}
	if phone := b.get("http://" + outside + ":8803/"); !bytes.Contains(phone.body, []byte("Pretend phone")) {
		t.Errorf("the phone's page is %.200s", phone.body)
	}
	b.secure(said.String())

	syscall.Kill(first(t, "galla", cmd.Process.Pid), syscall.SIGTERM)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("asked to end: %v %s", err, &wrong)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
}

// first is the process of that name in the network of another: what a runtime sends its signal to.
func first(t *testing.T, name string, beside int) int {
	t.Helper()
	want, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", beside))
	if err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		comm, _ := os.ReadFile(file)
		net, _ := os.Readlink(filepath.Join(filepath.Dir(file), "ns/net"))
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && net == want && strings.TrimSpace(string(comm)) == name {
			return pid
		}
	}
	t.Fatalf("no process %s runs in that network", name)
	return 0
}

// box is the demo as its caller has it.
type box struct {
	t      *testing.T
	token  string
	client *http.Client
}

type answer struct {
	body   []byte
	number string // of a picture
}

func (b *box) do(r *http.Request) answer {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil || resp.StatusCode >= 300 {
		b.t.Fatalf("%s %s: %s %v %s", r.Method, r.URL, resp.Status, err, raw)
	}
	return answer{raw, resp.Header.Get("Galla-Picture")}
}

func (b *box) get(url string) answer {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// read is a call of the API, with its token.
func (b *box) read(method, path, body string) (v map[string]any) {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://"+outside+":8086"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+b.token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "demo-rig-1")
	}
	if err := json.Unmarshal(b.do(r).body, &v); err != nil {
		b.t.Fatal(err)
	}
	return v
}

// secure looks at the certificate that the door over TLS shows: it is good for the host's loopback, where
// a container's port is published.
func (b *box) secure(said string) {
	b.t.Helper()
	der := b.get("http://" + outside + ":8086/galla.crt").body
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := leaf.VerifyHostname("127.0.0.1"); err != nil {
		b.t.Errorf("over TLS: %v", err)
	}
	if !strings.Contains(said, "https://127.0.0.1:7417") {
		b.t.Errorf("the door over TLS is not said")
	}
}

// within dials in the network of another process.
func within(t *testing.T, pid int) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	there, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { there.Close() })
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		type dialled struct {
			net.Conn
			error
		}
		done := make(chan dialled, 1)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, and nobody else gets it
			if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
				done <- dialled{nil, err}
				return
			}
			var d net.Dialer
			c, err := d.DialContext(ctx, network, address)
			done <- dialled{c, err}
		}()
		d := <-done
		return d.Conn, d.error
	}
}

// text is what a process says, read while it speaks.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
