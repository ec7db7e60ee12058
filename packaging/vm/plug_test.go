//go:build rig

package vm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"os"
	"time"
)

// plug puts a monitor of this size on a connector of the graphics card, or takes it away (0x0). QEMU's VNC server takes
// that as a wish for a desktop of another size (RFB 3.8 and its extension ExtendedDesktopSize), and the guest's driver
// sends the kernel's own hotplug event. A shell in the machine can't: what it writes to a device's uevent file arrives
// under other names.
func (m *machine) plug(output int, size image.Point) {
	m.t.Helper()
	err := m.tryPlug(output, size)
	for end := time.Now().Add(20 * time.Second); errors.Is(err, os.ErrNotExist) &&
		time.Now().Before(end); err = m.tryPlug(output, size) {
		time.Sleep(50 * time.Millisecond) // QEMU opens the socket after the others
	}
	if err != nil {
		m.t.Fatalf("the monitor of %v: %v", size, err)
	}
}

func (m *machine) tryPlug(output int, size image.Point) error {
	conn, err := net.Dial("unix", m.vnc(output))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}

	// Version, security "None", and the server's description of its desktop.
	hello := make([]byte, 12+2)
	if _, err := io.ReadFull(conn, hello[:12]); err != nil {
		return err
	}
	if _, err := conn.Write(hello[:12]); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, hello[12:]); err != nil || !bytes.Equal(hello[12:], []byte{1, 1}) {
		return fmt.Errorf("security %v: %v", hello[12:], err)
	}
	if _, err := conn.Write([]byte{1, 1}); err != nil {
		return err
	}
	desktop := make([]byte, 4+24)
	if _, err := io.ReadFull(conn, desktop); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(desktop[24:]))); err != nil {
		return err
	}

	// SetEncodings with ExtendedDesktopSize alone, then SetDesktopSize with one screen.
	const extendedDesktopSize = -308 & 0xffffffff
	ask := binary.BigEndian.AppendUint32([]byte{2, 0, 0, 1}, extendedDesktopSize)
	ask = append(ask, 251, 0)
	ask = binary.BigEndian.AppendUint16(ask, uint16(size.X))
	ask = binary.BigEndian.AppendUint16(ask, uint16(size.Y))
	ask = append(ask, 1, 0)
	ask = append(ask, make([]byte, 8)...)
	ask = binary.BigEndian.AppendUint16(ask, uint16(size.X))
	ask = binary.BigEndian.AppendUint16(ask, uint16(size.Y))
	ask = append(ask, make([]byte, 4)...)
	if _, err := conn.Write(ask); err != nil {
		return err
	}

	// Its answer is an update with one rectangle: who asked, and a status; 4: it was given on to the machine.
	answer := make([]byte, 4+12+4+16)
	for {
		if _, err := io.ReadFull(conn, answer); err != nil {
			return err
		}
		if by, status := binary.BigEndian.Uint16(answer[4:]), binary.BigEndian.Uint16(answer[6:]); by == 1 &&
			status == 4 {
			return nil
		} else if by == 1 {
			return fmt.Errorf("QEMU answers SetDesktopSize with status %d", status)
		}
	}
}
