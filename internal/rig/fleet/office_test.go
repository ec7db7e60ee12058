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
	"slices"
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
	out, err := exec.Command("go", "build", "-o", dir, "galla/cmd/galla-office", "galla/cmd/gallad", "galla/cmd/galla",
		"galla/cmd/galla-sim").CombinedOutput()
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

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// process is one of ours that is started, killed and started again.
type process struct {
	t    *testing.T
	log  string
	args []string

	mu      sync.Mutex
	proc    *exec.Cmd
	ended   chan error
	started int
}

func (p *process) launch() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.proc = exec.Command(p.args[0], p.args[1:]...)
	p.proc.Stdout, p.proc.Stderr = log, log
	p.proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan error, 1)
	p.ended = ended
	proc := p.proc
	go func() {
		runtime.LockOSThread() // the process is told of the death of the thread that started it
		err := proc.Start()
		started <- err
		if err == nil {
			ended <- proc.Wait()
		}
	}()
	p.started++
	return <-started
}

// kill is kill -9.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc == nil || p.proc.Process == nil {
		return
	}
	_ = p.proc.Process.Kill() // it may have ended by itself
	<-p.ended
	p.proc = nil
}

// office is a galla-office process.
type office struct {
	*process
	n      int
	listen string
	config string
}

// newOffice makes one that listens on an address; "": a free one of this machine. inside are words before its command.
func newOffice(t *testing.T, folder string, n int, database string, a *authority, listen string,
	inside []string) *office {
	t.Helper()
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if listen == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		listen = l.Addr().String()
	}
	o := &office{n: n, listen: listen, config: filepath.Join(folder, fmt.Sprintf("office%d.toml", n))}
	o.process = &process{
		t:    t,
		log:  filepath.Join(folder, fmt.Sprintf("office%d.log", n)),
		args: append(slices.Clone(inside), filepath.Join(bin, "galla-office"), "--config", o.config, "serve"),
	}
	write(t, o.config, fmt.Appendf(nil, "listen = %q\naddress = %q\ndatabase = %q\n[tls]\ncertificate = %q\nkey = %q\n",
		o.listen, "https://"+host, database, a.crt, a.key))
	t.Cleanup(o.kill)
	return o
}

// does runs a command of its.
func (o *office) does(args ...string) (string, error) {
	bin, err := built()
	if err != nil {
		return "", err
	}
	args = append([]string{"--config", o.config, "--as", "meena"}, args...)
	out, err := exec.Command(filepath.Join(bin, "galla-office"), args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("galla-office %v: %w: %s", args, err, out)
	}
	return string(out), err
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

// said is the end of its log.
func (p *process) said() string {
	raw, _ := os.ReadFile(p.log)
	return string(raw[max(0, len(raw)-3000):])
}

// faults looks for what none may ever say.
func (p *process) faults() (lines []string) {
	raw, _ := os.ReadFile(p.log)
	for line := range bytes.Lines(raw) {
		if bytes.Contains(line, []byte("panic")) || bytes.Contains(line, []byte("DATA RACE")) {
			lines = append(lines, string(line))
		}
	}
	return lines
}
