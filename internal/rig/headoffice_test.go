package rig

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/office/pg/cluster"
)

// headOffice is a real galla-office with a database and a certificate of its own.
type headOffice struct {
	t       *testing.T
	program string
	config  string
	address string
	http    *http.Client
	log     said
	serves  *exec.Cmd
}

// newHeadOffice starts one. Its certificate is made by openssl, as packaging/docs/office.md says.
func newHeadOffice(t *testing.T) *headOffice {
	t.Helper()
	dir := t.TempDir()
	server, err := cluster.Start(t.Context(), cluster.Options{Forgetful: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	o := &headOffice{t: t, program: filepath.Join(dir, "galla-office"), config: filepath.Join(dir, "office.toml")}
	for _, args := range [][]string{
		{"go", "build", "-o", o.program, "galla/cmd/galla-office"},
		{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7300",
			"-subj", "/CN=office.example", "-keyout", dir + "/office.key", "-out", dir + "/office.crt"},
	} {
		if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = "https://" + l.Addr().String()
	o.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	settings := fmt.Sprintf("listen = %q\naddress = %q\ndatabase = %q\n[tls]\ncertificate = %q\nkey = %q\n",
		l.Addr().String(), o.address, server.Address("postgres"), dir+"/office.crt", dir+"/office.key")
	if err := os.WriteFile(o.config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Cleanup(func() {
		o.kill()
		if t.Failed() {
			t.Logf("galla-office said:\n%s", o.log.String())
		}
	})
	return o
}

// start has it serve, and waits until it answers.
func (o *headOffice) start() {
	o.t.Helper()
	o.serves = exec.Command(o.program, "--config", o.config, "serve")
	o.serves.Stderr = &o.log
	if err := o.serves.Start(); err != nil {
		o.t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if resp, err := o.http.Get(o.address + "/"); err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(end) {
			o.t.Fatal("galla-office does not answer")
		}
	}
}

func (o *headOffice) kill() {
	if o.serves != nil {
		o.serves.Process.Kill()
		o.serves.Wait()
		o.serves = nil
	}
}

// does runs a command of its, which must succeed.
func (o *headOffice) does(in string, args ...string) string {
	o.t.Helper()
	cmd := exec.Command(o.program, append([]string{"--config", o.config, "--as", "meena"}, args...)...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		o.t.Fatalf("galla-office %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// read asks the owner's pages, as a browser that is signed in does.
func (o *headOffice) read(cookies []*http.Cookie, method, path, body string, into any) []*http.Cookie {
	o.t.Helper()
	req, err := http.NewRequest(method, o.address+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Origin", o.address)
	req.Header.Set("Content-Type", "application/json")
	for _, c := range cookies {
		req.AddCookie(c)
	}
	resp, err := o.http.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", resp.Status)
	}
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(raw)).Decode(into)
	}
	if err != nil {
		o.t.Fatalf("%s: %v\n%s", path, err, raw)
	}
	return resp.Cookies()
}

// TestHeadOffice: a real gallad and a real galla-office, by the commands that packaging/docs/office.md names. What the
// gateway's own book has, the owner's page shows, over a kill of either side; the Z report is proved; and the database
// holds what the box's files hold.
func TestHeadOffice(t *testing.T) {
	o := newHeadOffice(t)
	o.start()
	o.does("", "name", "Asha Stores")
	t.Log(o.does("", "shop", "add", "MG Road", "--opens", "00:00", "--closes", "23:59"))
	o.does("", "counter", "add", "mg-road", "Till 1")
	o.does("a long enough one\n", "user", "add", "Meena")
	typing := exec.Command("script", "-qec", fmt.Sprintf("trap : INT; %s --config %s user add Ravi; stty -a",
		o.program, o.config), "/dev/null")
	keys, err := typing.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var shown said
	typing.Stdout = &shown
	if err := typing.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); !strings.Contains(shown.String(), "Password for Ravi"); {
		if time.Now().After(end) {
			t.Fatalf("no password is asked for: %s", shown.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
	io.WriteString(keys, "\x03")
	typing.Wait()
	if text := shown.String(); !strings.Contains(text, "nothing was changed") || !strings.Contains(text, " echo ") {
		t.Errorf("after Ctrl-C at the password the terminal is left as:\n%s", text)
	}
	made := o.does("", "code", "mg-road/1")
	code := regexp.MustCompile(`\d{4}-\d{4}`).FindString(made)
	print := regexp.MustCompile(`fingerprint +(\S+)`).FindStringSubmatch(made)
	if code == "" || print == nil {
		t.Fatalf("the code is told as:\n%s", made)
	}

	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	b.pays(b.take("250"))
	t.Log(b.done("office", "join", o.address, code, "--yes", "--fingerprint", print[1]))
	b.until(time.Minute, "the box to wait", func() bool { return b.office().ProblemCode == "office_waiting" })
	terminal := b.office().Terminal
	if list := o.does("", "terminal", "list"); !strings.Contains(list, terminal) {
		t.Errorf("the office's list lacks %s:\n%s", terminal, list)
	}
	t.Log(o.does("", "terminal", "confirm", terminal))

	current := func() bool {
		s := b.office()
		return s.ProblemCode == "" && s.Behind == 0 && s.Seq > 0
	}
	b.until(2*time.Minute, "the office to have everything", current)
	b.pays(b.take("100"))
	o.kill()
	b.pays(b.take("75.50"))
	o.start()
	b.done("report", "z")
	b.kill()
	b.start()
	b.pays(b.take("40"))

	var today struct {
		Heard struct {
			Received int `json:"received_paise"`
			Payments int `json:"payments"`
		} `json:"heard"`
	}
	cookies := o.read(nil, "POST", "/v1/owner/session", `{"name":"Meena","password":"a long enough one"}`, &struct{}{})
	captured, payments := 0, 0
	for _, p := range b.sim.Ledger().Payments {
		captured += int(p.Amount)
		payments++
	}
	b.until(3*time.Minute, "the owner's page to show what the gateway has", func() bool {
		o.read(cookies, "GET", "/v1/owner/today", "", &today)
		return today.Heard.Received == captured && today.Heard.Payments == payments
	})
	if captured != 46550 || payments != 4 {
		t.Errorf("the gateway has %d paise in %d payments", captured, payments)
	}
	b.until(3*time.Minute, "the Z report to be recomputed", func() bool {
		var books struct {
			Zs []struct {
				Number int    `json:"number"`
				State  string `json:"state"`
				Net    int    `json:"net_paise"`
			} `json:"zs"`
		}
		o.read(cookies, "GET", "/v1/owner/books", "", &books)
		return len(books.Zs) == 1 && books.Zs[0].Number == 1 && books.Zs[0].State == "recomputed" &&
			books.Zs[0].Net == 42550
	})

	b.until(time.Minute, "the office to have everything again", current)
	o.kill() // a shop without a line, from here on
	b.pays(b.take("60"))
	file := b.file("till1.segments")
	t.Log(b.done("office", "export", file))
	if is, err := os.Stat(file); err != nil || is.Mode().Perm() != 0o600 {
		t.Errorf("the file for the office: %v %v", is, err)
	}
	for range 2 { // the second time changes nothing
		t.Log(o.does("", "import", file))
	}
	o.start()
	o.read(cookies, "GET", "/v1/owner/today", "", &today)
	if today.Heard.Received != captured+6000 || today.Heard.Payments != payments+1 {
		t.Errorf("after the import the owner's page shows %+v", today)
	}
	b.until(2*time.Minute, "the office to have what the box wrote behind its file", current)
	b.kill()
	t.Log(o.does("", "check", "--files", b.dir, "--all"))
	b.start()
	t.Log(b.done("office", "leave"))
	if s := b.office(); s.Joined {
		t.Errorf("after leaving it stands as %+v", s)
	}
	if list := o.does("", "terminal", "list"); !strings.Contains(list, "left") {
		t.Errorf("the office's list after it left:\n%s", list)
	}
}
