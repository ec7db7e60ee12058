//go:build rig

package fleet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// host is what the offices' certificate is of, and the address that boxes know.
const host = "office.rig"

// built builds the programs once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "galla-fleet-bin-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", dir, "galla/cmd/galla-office").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return dir, nil
})

// authority is the offices' certificate and key.
type authority struct {
	pool     *x509.CertPool
	crt, key string // files
}

func newAuthority(t *testing.T, folder string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: host},
		DNSNames:              []string{host},
		NotBefore:             time.Now().Add(-48 * time.Hour),
		NotAfter:              time.Now().Add(48 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{x509.NewCertPool(), filepath.Join(folder, "crt.pem"), filepath.Join(folder, "key.pem")}
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.pool.AppendCertsFromPEM(crt)
	write(t, a.crt, crt)
	write(t, a.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return a
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// office is a galla-office process.
type office struct {
	t      *testing.T
	n      int
	listen string
	config string
	log    string

	mu      sync.Mutex
	proc    *exec.Cmd
	ended   chan error
	started int
}

func newOffice(t *testing.T, folder string, n int, database string, a *authority) *office {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := &office{
		t:      t,
		n:      n,
		listen: l.Addr().String(),
		config: filepath.Join(folder, fmt.Sprintf("office%d.toml", n)),
		log:    filepath.Join(folder, fmt.Sprintf("office%d.log", n)),
	}
	write(t, o.config, fmt.Appendf(nil, "listen = %q\naddress = %q\ndatabase = %q\n[tls]\ncertificate = %q\nkey = %q\n",
		o.listen, "https://"+host, database, a.crt, a.key))
	t.Cleanup(o.kill)
	return o
}

// start starts it, and waits until it answers. One that can't reach its database ends, and is started again.
func (o *office) start() {
	o.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if err := o.launch(); err != nil {
			o.t.Error(err)
			return
		}
		for time.Now().Before(deadline) {
			conn, err := net.DialTimeout("tcp", o.listen, time.Second)
			if err == nil {
				conn.Close()
				return
			}
			select {
			case err := <-o.ended:
				o.ended <- err
			case <-time.After(20 * time.Millisecond):
				continue
			}
			break
		}
		o.kill()
		time.Sleep(100 * time.Millisecond)
	}
	o.t.Errorf("office %d does not answer: %s", o.n, o.said())
}

func (o *office) launch() error {
	bin, err := built()
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	log, err := os.OpenFile(o.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	o.proc = exec.Command(filepath.Join(bin, "galla-office"), "--config", o.config, "serve")
	o.proc.Stdout, o.proc.Stderr = log, log
	o.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan error, 1)
	o.ended = ended
	proc := o.proc
	go func() {
		runtime.LockOSThread() // the process is told of the death of the thread that started it
		err := proc.Start()
		started <- err
		if err == nil {
			ended <- proc.Wait()
		}
	}()
	o.started++
	return <-started
}

// kill is kill -9.
func (o *office) kill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.proc == nil || o.proc.Process == nil {
		return
	}
	_ = o.proc.Process.Kill() // it may have ended by itself
	<-o.ended
	o.proc = nil
}

// said is the end of its log.
func (o *office) said() string {
	raw, _ := os.ReadFile(o.log)
	return string(raw[max(0, len(raw)-3000):])
}

// faults looks for what an office may never say.
func (o *office) faults() (lines []string) {
	raw, _ := os.ReadFile(o.log)
	for line := range bytes.Lines(raw) {
		if bytes.Contains(line, []byte("panic")) || bytes.Contains(line, []byte("DATA RACE")) {
			lines = append(lines, string(line))
		}
	}
	return lines
}
