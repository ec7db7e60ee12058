//go:build rig

package vm

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shell is the root shell on the machine's virtual console.
type shell struct {
	conn net.Conn
	n    int
}

// shell waits until the machine's shell answers.
func (m *machine) shell(limit time.Duration) *shell {
	m.t.Helper()
	conn, err := net.Dial("unix", m.file("shell.sock"))
	if err != nil {
		m.t.Fatal(err)
	}
	s := &shell{conn: conn}
	for end := time.Now().Add(limit); ; {
		fmt.Fprintf(conn, "\nstty -echo -icanon -onlcr 2>/dev/null; PS1= PS2=\n")
		if _, _, err := s.try("true", 30*time.Second); err == nil {
			return s
		} else if time.Now().After(end) {
			m.t.Fatalf("no shell in the machine after %v: %v; its console is in %s", limit, err, m.file("console.log"))
		}
	}
}

// try runs a command and returns what it wrote and its exit code.
func (s *shell) try(command string, limit time.Duration) (out string, code int, err error) {
	s.n++
	begin, end := fmt.Sprintf("begin-%d-%d", s.n, time.Now().UnixNano()),
		fmt.Sprintf("end-%d-%d", s.n, time.Now().UnixNano())
	// The command travels encoded, so that nothing of it is taken for the marks around it.
	fmt.Fprintf(s.conn, "echo %s; (eval \"$(echo %s | base64 -d)\") </dev/null 2>&1; ended=$?; echo; echo %s $ended\n",
		begin, base64.StdEncoding.EncodeToString([]byte(command)), end)
	done := regexp.MustCompile(`(?s)(?:^|\n)` + begin + `\r?\n(.*)\n` + end + ` (\d+)\r?\n`)
	s.conn.SetReadDeadline(time.Now().Add(limit))
	var buf bytes.Buffer
	for part := make([]byte, 32<<10); ; {
		n, err := s.conn.Read(part)
		buf.Write(part[:n])
		if found := done.FindSubmatch(buf.Bytes()); found != nil {
			code, err := strconv.Atoi(string(found[2]))
			return strings.TrimSpace(strings.ReplaceAll(string(found[1]), "\r\n", "\n")), code, err
		}
		if err != nil {
			return buf.String(), -1, fmt.Errorf("%q did not end in %v: %w", command, limit, err)
		}
	}
}

// run runs a command that must succeed.
func (s *shell) run(t *testing.T, command string) string {
	t.Helper()
	out, code, err := s.try(command, slow)
	if err != nil || code != 0 {
		t.Fatalf("in the machine, %s\nended with %d %v:\n%s", command, code, err, out)
	}
	return out
}

// write makes a file in the machine.
func (s *shell) write(t *testing.T, path, mode, text string) {
	t.Helper()
	s.run(t, fmt.Sprintf("mkdir -p $(dirname %[1]s) && install -m %[2]s /dev/null %[1]s && echo %[3]s | "+
		"base64 -d > %[1]s", path, mode, base64.StdEncoding.EncodeToString([]byte(text))))
}
