//go:build rig

package rig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// TestIntegrator_5_Nginx: the console behind the nginx of the guide for integrators writes and listens; the metrics
// stay inside.
func TestIntegrator_5_Nginx(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}
	inner, outer := free(), free()
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", strings.Replace(string(raw), "[listen]\n",
		fmt.Sprintf("[listen]\ntcp = %q\nproxy = \"127.0.0.1\"\nhosts = [\"till.example.com\"]\n", inner), 1))
	b.start()

	guide, err := os.ReadFile("../../packaging/docs/integrator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, server, ok := strings.Cut(string(guide), "```nginx\n")
	server, _, _ = strings.Cut(server, "```")
	if !ok {
		t.Fatal("the guide has no nginx")
	}
	for old, now := range map[string]string{"listen 443 ssl": "listen " + outer + " ssl", "127.0.0.1:8086": inner,
		"/etc/ssl/till.crt": b.file("till.crt"), "/etc/ssl/till.key": b.file("till.key")} {
		if !strings.Contains(server, old) {
			t.Fatalf("the guide's nginx lacks %q", old)
		}
		server = strings.ReplaceAll(server, old, now)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"till.example.com"},
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b.write("till.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	b.write("till.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	b.write(
		"nginx.conf",
		fmt.Sprintf(
			"pid %s;\nerror_log stderr;\ndaemon off;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path "+
				"%s;\nproxy_temp_path %s;\nfastcgi_temp_path %s;\nuwsgi_temp_path %s;\nscgi_temp_path %s;\n%s}\n",
			b.file("nginx.pid"),
			b.file("t1"),
			b.file("t2"),
			b.file("t3"),
			b.file("t4"),
			b.file("t5"),
			server,
		),
	)
	nginx := exec.Command("nginx", "-c", b.file("nginx.conf"), "-e", "stderr", "-p", b.dir)
	var said bytes.Buffer
	nginx.Stdout, nginx.Stderr = &said, &said
	if err := nginx.Start(); err != nil {
		t.Fatalf("%v: apt-get install nginx-light", err)
	}
	defer func() {
		nginx.Process.Signal(os.Interrupt)
		if nginx.Wait(); t.Failed() {
			t.Logf("nginx said %s", &said)
		}
	}()
	b.until(10*time.Second, "nginx", func() bool {
		c, err := net.Dial("tcp", outer)
		if err == nil {
			c.Close()
		}
		return err == nil
	})

	offer, err := b.till.OfferPairing(t.Context(), client.Key(), wire.OfferPairing{Service: "cashier"})
	if err != nil {
		t.Fatal(err)
	}
	paired, err := client.NewHTTP("http://"+inner, "", http.DefaultClient).
		Pair(t.Context(), client.Key(), wire.Pair{Code: offer.Code, Name: "page"})
	if err != nil {
		t.Fatal(err)
	}
	job := abuseJob{From: "127.0.0.1", Span: time.Minute}
	h := job.client(2)
	_, port, _ := net.SplitHostPort(outer)
	ask := func(method, path, body string, head ...string) (int, *http.Response) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "https://"+outer+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "till.example.com:" + port
		for i := 0; i < len(head); i += 2 {
			req.Header.Set(head[i], head[i+1])
		}
		resp, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp.StatusCode, resp
	}
	page := []string{
		"Origin",
		"https://till.example.com:" + port,
		"Sec-Fetch-Site",
		"same-origin",
		"Cookie",
		"__Host-galla=" + paired.Token,
	}
	if code, resp := ask(
		"POST",
		"/v1/sales",
		`{"amount_paise":100}`,
		append(page, "Content-Type", "application/json", "Idempotency-Key", "k1")...); code != 201 {
		var text bytes.Buffer
		text.ReadFrom(resp.Body)
		t.Errorf("a sale from the console: %d %s", code, &text)
	}
	if code, _ := ask("GET", "/", ""); code != 200 {
		t.Errorf("the console: %d", code)
	}
	if code, _ := ask(
		"POST",
		"/v1/sales",
		`{"amount_paise":100}`,
		append(
			page[2:],
			"Origin",
			"https://evil.example",
			"Content-Type",
			"application/json",
			"Idempotency-Key",
			"k2",
		)...); code != 403 {
		t.Errorf("a foreign page: %d", code)
	}
	if code, _ := ask("GET", "/metrics", ""); code != 404 {
		t.Errorf("the metrics: %d", code)
	}
	if code, _ := ask(
		"GET",
		"/v1/sales",
		"",
		"X-Forwarded-For",
		"127.0.0.1",
		"X-Forwarded-Proto",
		"http",
	); code != 401 {
		t.Errorf("without a token: %d", code)
	}
	code, feed := ask("GET", "/v1/events", "", page...)
	first := make([]byte, 11)
	if _, err := feed.Body.Read(first); code != 200 || err != nil || string(first) != "retry: 1000" {
		t.Errorf("the feed: %d %q %v", code, first, err)
	}
}
