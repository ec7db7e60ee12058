package demo

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// window shows the office's pages on loopback to whoever opens them, signed in.
type window struct {
	cookie *http.Cookie
	office *url.URL
	http   http.RoundTripper
}

// open signs in.
func open(ctx context.Context, office, name, password string) (*window, error) {
	at, err := url.Parse(office)
	if err != nil {
		return nil, err
	}
	// The certificate is the demonstration's own, on this machine.
	v := &window{office: at, http: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	body, err := json.Marshal(map[string]string{"name": name, "password": password})
	if err != nil {
		return nil, err
	}
	resp, err := v.ask(ctx, "POST", "/v1/owner/session", string(body))
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	for _, c := range resp.Cookies() {
		v.cookie = c
	}
	if v.cookie == nil {
		return nil, fmt.Errorf("the office lets nobody in: %s", resp.Status)
	}
	return v, nil
}

func (v *window) ask(ctx context.Context, method, path, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, v.office.String()+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Origin", v.office.String())
	req.Header.Set("Content-Type", "application/json")
	if v.cookie != nil {
		req.AddCookie(v.cookie)
	}
	return v.http.RoundTrip(req)
}

// get asks for what is there.
func (v *window) get(ctx context.Context, path string, take func(io.Reader) error) error {
	resp, err := v.ask(ctx, "GET", path, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return take(resp.Body)
}

// save keeps an answer as a file.
func (v *window) save(ctx context.Context, path, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = v.get(ctx, path, func(r io.Reader) error {
		_, err := io.Copy(f, r)
		return err
	})
	return errors.Join(err, f.Close())
}

// ServeHTTP hands a request on, signed in.
func (v *window) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(&httputil.ReverseProxy{
		Transport: v.http,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(v.office)
			p.Out.Header.Del("Cookie")
			p.Out.AddCookie(v.cookie)
			if p.Out.Header.Get("Origin") != "" {
				p.Out.Header.Set("Origin", v.office.String())
			}
		},
	}).ServeHTTP(w, r)
}

// browsers take pictures without a screen; the first that is there does.
var browsers = []string{"chromium", "chromium-browser", "google-chrome"}

// picture draws a page as a browser does. It says whether there is a browser.
func picture(ctx context.Context, address, size, file string) (there bool, err error) {
	for _, name := range browsers {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
		defer cancel()
		profile, err := os.MkdirTemp("", "galla-demo-browser-")
		if err != nil {
			return true, err
		}
		defer os.RemoveAll(profile)
		out, err := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
			"--user-data-dir="+profile, "--virtual-time-budget=8000", "--window-size="+size, "--screenshot="+file,
			address).CombinedOutput()
		if _, missing := os.Stat(file); err == nil && missing != nil {
			err = fmt.Errorf("it made no %s", filepath.Base(file))
		}
		if err != nil {
			err = fmt.Errorf("%s: %w: %s", name, err, out)
		}
		return true, err
	}
	return false, nil
}
