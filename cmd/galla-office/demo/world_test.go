package demo

import (
	"bufio"
	"net"
	"testing"
	"time"
)

// TestLine: a line carries both ways, nothing while it is cut, also on connections that stood, and again when it is
// mended, at the same address.
func TestLine(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	go func() {
		for {
			c, err := far.Accept()
			if err != nil {
				return
			}
			go func() { // it answers each line with the same one
				defer c.Close()
				for in := bufio.NewReader(c); ; {
					said, err := in.ReadString('\n')
					if err != nil {
						return
					}
					c.Write([]byte(said))
				}
			}()
		}
	}()
	n, err := newLine(far.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := n.listener.Addr().String()
	asks := func(c net.Conn) bool {
		c.SetDeadline(time.Now().Add(5 * time.Second))
		c.Write([]byte("are you there\n"))
		said, err := bufio.NewReader(c).ReadString('\n')
		return err == nil && said == "are you there\n"
	}
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}

	stands := dial()
	if !asks(stands) {
		t.Fatal("the line carries nothing")
	}
	close(n.cut)
	if asks(stands) || asks(dial()) {
		t.Error("a line that is cut carries")
	}
	if err := n.mend(); err != nil {
		t.Fatal(err)
	}
	if !asks(dial()) {
		t.Error("a line that is mended carries nothing")
	}
}
