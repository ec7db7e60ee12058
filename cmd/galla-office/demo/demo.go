package demo

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"galla/internal/office/pg/cluster"
)

// Demo is one demonstration.
type Demo struct {
	Out  string    // folder for pictures, files and the programs' log; made if it isn't there
	Says io.Writer // where a person reads how it goes
	Stay bool      // everything keeps running until the context ends
}

// silence is how long the office waits for a box before it calls it silent, and a little more.
const silence = 4 * time.Minute

// Run shows the chain. It fails when a program did, or the office lacks something in the end.
func (d Demo) Run(ctx context.Context) (err error) {
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return fmt.Errorf("the pictures have no place: %w; give another folder with --out", err)
	}
	w := &world{}
	if w.dir, err = os.MkdirTemp("", "galla-demo-"); err != nil {
		return err
	}
	defer os.RemoveAll(w.dir)
	if w.log, err = os.Create(filepath.Join(d.Out, "log.txt")); err != nil {
		return err
	}
	defer w.log.Close()
	defer func() {
		if err != nil && !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%w; what the programs said is in %s", err, w.log.Name())
		}
	}()

	database, err := cluster.Start(ctx, cluster.Options{Forgetful: true})
	if err != nil {
		return err
	}
	defer func() {
		w.stop() // the office before its database
		err = errors.Join(err, database.Stop())
	}()
	fmt.Fprintln(d.Says, "PostgreSQL runs in a folder of its own.")
	seen, shops, err := d.chain(ctx, w, database.Address("postgres"))
	if err != nil {
		return err
	}
	if err := d.misfortunes(ctx, w, shops); err != nil {
		return err
	}
	if err := d.look(ctx, w, seen, shops); err != nil {
		return err
	}

	fmt.Fprintln(d.Says, "Karol Bagh's line is back.")
	if err := shops[1].line.mend(); err != nil {
		return err
	}
	args := []string{"check"}
	for _, s := range shops {
		if err := s.current(ctx); err != nil {
			return err
		}
		args = append(args, "--files", s.dir)
	}
	said, err := w.manage(ctx, "", args...)
	fmt.Fprintf(d.Says, "\ngalla-office check, which holds the database against the boxes' own files:\n%s", said)
	return err
}

// chain starts the office and three shops, joined and selling.
func (d Demo) chain(ctx context.Context, w *world, database string) (*window, []*shop, error) {
	const password = "demonstration"
	if err := w.settle(database); err != nil {
		return nil, nil, err
	}
	if _, err := w.run("galla-office", "--config", w.settings, "serve"); err != nil {
		return nil, nil, err
	}
	err := within(ctx, 30*time.Second, "galla-office", func(context.Context) (bool, error) {
		c, err := net.Dial("tcp", w.office)
		if err == nil {
			c.Close()
		}
		return err == nil, err
	})
	if err == nil {
		err = w.simulator()
	}
	if err == nil {
		_, err = w.manage(ctx, "", "name", "Sharma Sweets")
	}
	if err == nil {
		_, err = w.manage(ctx, password+"\n", "user", "add", "Meena")
	}
	if err != nil {
		return nil, nil, err
	}

	var shops []*shop
	for i, name := range []string{"MG Road", "Karol Bagh", "Station"} {
		s := &shop{w: w, name: name, dir: filepath.Join(w.dir, fmt.Sprint(i))}
		if err := s.join(ctx); err != nil {
			return nil, nil, err
		}
		if err := s.sell(ctx, 5+i); err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(d.Says, "%s: its box has joined as %s, and sells.\n", name, s.terminal)
		shops = append(shops, s)
	}
	seen, err := open(ctx, "https://"+w.office, "Meena", password)
	return seen, shops, err
}

// settle makes galla-office's settings and its certificate.
func (w *world) settle(database string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "office.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.office = l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	crt, pair := filepath.Join(w.dir, "office.crt"), filepath.Join(w.dir, "office.key")
	w.settings = filepath.Join(w.dir, "office.toml")
	for name, text := range map[string][]byte{
		crt:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pair: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		w.settings: fmt.Appendf(nil, "listen = %q\naddress = %q\ndatabase = %q\n[tls]\ncertificate = %q\nkey = %q\n",
			w.office, "https://"+w.office, database, crt, pair),
	} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

var (
	codeIn  = regexp.MustCompile(`\d{4}-\d{4}`)
	printIn = regexp.MustCompile(`fingerprint +(\S+)`)
)

// join enters the shop at the office, starts its box, and joins it by the commands that an owner types.
func (s *shop) join(ctx context.Context) error {
	id, err := s.w.manage(ctx, "", "shop", "add", s.name, "--opens", "00:00", "--closes", "23:59")
	if err != nil {
		return err
	}
	s.id = strings.TrimSpace(id)
	if _, err := s.w.manage(ctx, "", "counter", "add", s.id, "Till 1"); err != nil {
		return err
	}
	made, err := s.w.manage(ctx, "", "code", s.id+"/1")
	if err != nil {
		return err
	}
	code, print := codeIn.FindString(made), printIn.FindStringSubmatch(made)
	if code == "" || print == nil {
		return fmt.Errorf("galla-office code says %q", made)
	}
	if s.line, err = newLine(s.w.office); err == nil {
		if err = s.furnish(); err == nil {
			err = s.start(ctx)
		}
	}
	if err != nil {
		return err
	}
	if _, err := s.w.does(ctx, "", "galla", "--socket", s.file("api"), "office", "join",
		"https://"+s.line.listener.Addr().String(), code, "--yes", "--fingerprint", print[1]); err != nil {
		return err
	}
	o, err := s.office(ctx)
	if err != nil {
		return err
	}
	s.terminal = o.Terminal
	_, err = s.w.manage(ctx, "", "terminal", "confirm", s.terminal)
	return err
}

// misfortunes: one box is put back to an old copy of its sales, and the line of another one is cut.
func (d Demo) misfortunes(ctx context.Context, w *world, shops []*shop) error {
	for _, s := range shops {
		if err := s.told(ctx); err != nil {
			return err
		}
	}
	back := shops[2]
	end(back.gallad)
	raw, err := os.ReadFile(back.file("sales.db"))
	if err == nil {
		err = os.WriteFile(back.file("yesterday.db"), raw, 0o600)
	}
	if err == nil {
		err = back.start(ctx)
	}
	if err == nil {
		err = back.sell(ctx, 4)
	}
	if err == nil {
		err = back.told(ctx)
	}
	if err != nil {
		return err
	}
	end(back.gallad)
	if _, err := w.does(ctx, "", "gallad", "adopt", "--yes", back.file("sales.db"),
		back.file("yesterday.db")); err != nil {
		return err
	}
	if err := os.Remove(back.file("yesterday.db")); err != nil {
		return err
	}
	if err := back.start(ctx); err != nil {
		return err
	}
	if err := back.sell(ctx, 2); err != nil {
		return err
	}
	fmt.Fprintln(d.Says, "Station was put back to an old copy of its sales: it forgot 4 of them, and sold on.")

	close(shops[1].line.cut)
	if err := shops[1].sell(ctx, 3); err != nil {
		return err
	}
	fmt.Fprintln(d.Says, "Karol Bagh's line is cut. It sold 3 more, which the office can't know.")
	return shops[0].sell(ctx, 3)
}

// look shows the office's pages, and keeps pictures and files of them.
func (d Demo) look(ctx context.Context, w *world, seen *window, shops []*shop) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: seen, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(l)
	defer server.Close()
	address := "http://" + l.Addr().String()
	fmt.Fprintf(d.Says, "\nThe owner's page: %s (signed in as Meena)\n", address)
	fmt.Fprintln(d.Says, "The office calls a box silent after three minutes without a word from it. Waiting for that.")
	err = within(ctx, silence, "Karol Bagh to be silent", func(ctx context.Context) (bool, error) {
		var needs struct {
			Kinds map[string]int `json:"kinds"`
		}
		err := seen.get(ctx, "/v1/owner/needs", func(r io.Reader) error { return json.NewDecoder(r).Decode(&needs) })
		return needs.Kinds["silent"] > 0 && needs.Kinds["fork"] > 0, err
	})
	if err != nil {
		return err
	}

	for _, p := range []struct{ page, size, file string }{
		{"#chain", "1280,1600", "chain-pc.png"},
		{"#chain", "360,2400", "chain-phone.png"},
		{"#shop/" + shops[1].id, "360,1600", "shop-cut-off.png"},
		{"#box/" + shops[2].terminal, "360,2000", "box-put-back.png"},
		{"#boxes", "1280,1200", "boxes.png"},
	} {
		there, err := picture(ctx, address+"/"+p.page, p.size, filepath.Join(d.Out, p.file))
		if err != nil {
			return err
		}
		if !there {
			fmt.Fprintf(d.Says, "No pictures: there is none of %s here. Look at the page instead.\n",
				strings.Join(browsers, ", "))
			break
		}
	}
	for _, name := range []string{"days", "sales"} {
		if err := seen.save(ctx, "/v1/owner/files/"+name+".csv", filepath.Join(d.Out, name+".csv")); err != nil {
			return err
		}
	}
	fmt.Fprintf(d.Says, "Pictures and files are in %s.\n", d.Out)
	if d.Stay {
		fmt.Fprintf(d.Says, "Everything runs until Ctrl-C.\n")
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}
