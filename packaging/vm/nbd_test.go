//go:build rig

package vm

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// The NBD protocol's numbers: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, the newstyle
// handshake without TLS.
const (
	nbdMagic      = 0x4e42444d41474943 // "NBDMAGIC"
	nbdOption     = 0x49484156454F5054 // "IHAVEOPT"
	nbdOptReply   = 0x3e889045565a9
	nbdRequest    = 0x25609513
	nbdSimple     = 0x67446698
	nbdFixed      = 1      // server flag: fixed newstyle
	nbdHas        = 1 << 0 // transmission flags: flags are sent,
	nbdCanFlush   = 1 << 2 // a flush is understood,
	nbdCanFUA     = 1 << 3 // and a write that goes through
	nbdExportName = 1
	nbdAbort      = 2
	nbdGo         = 7
	nbdAck        = 1
	nbdInfo       = 3
	nbdUnsup      = 1<<31 + 1
	nbdRead       = 0
	nbdWrite      = 1
	nbdDisconnect = 2
	nbdFlush      = 3
	nbdFlagFUA    = 1
	nbdEIO        = 5
	nbdLongest    = 64 << 20 // no client may ask for more in one go
)

// serveDisk serves one disk on l, one client after the other, until l is closed.
func serveDisk(l net.Listener, d *disk) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			if err := greet(c, d); err == nil {
				transmit(c, d)
			}
		}()
	}
}

func send(w io.Writer, fields ...any) error {
	for _, f := range fields {
		if err := binary.Write(w, binary.BigEndian, f); err != nil {
			return err
		}
	}
	return nil
}

func receive(r io.Reader, fields ...any) error {
	for _, f := range fields {
		if err := binary.Read(r, binary.BigEndian, f); err != nil {
			return err
		}
	}
	return nil
}

// greet is the handshake; it ends when the client has chosen the export.
func greet(c net.Conn, d *disk) error {
	flags := uint16(nbdHas | nbdCanFlush | nbdCanFUA)
	if err := send(c, uint64(nbdMagic), uint64(nbdOption), uint16(nbdFixed)); err != nil {
		return err
	}
	var client uint32
	if err := receive(c, &client); err != nil {
		return err
	}
	for {
		var magic uint64
		var option, length uint32
		if err := receive(c, &magic, &option, &length); err != nil {
			return err
		}
		if magic != nbdOption || length > 4096 {
			return fmt.Errorf("nbd: option %#x of %d bytes", magic, length)
		}
		if _, err := io.CopyN(io.Discard, c, int64(length)); err != nil {
			return err
		}
		var err error
		switch option {
		case nbdGo:
			err = send(c, uint64(nbdOptReply), option, uint32(nbdInfo), uint32(12), uint16(0), uint64(d.size), flags,
				uint64(nbdOptReply), option, uint32(nbdAck), uint32(0))
			if err == nil {
				return nil
			}
		case nbdExportName:
			return send(c, uint64(d.size), flags, make([]byte, 124))
		case nbdAbort:
			return errors.New("nbd: the client gave up")
		default:
			err = send(c, uint64(nbdOptReply), option, uint32(nbdUnsup), uint32(0))
		}
		if err != nil {
			return err
		}
	}
}

// transmit answers requests one after the other.
func transmit(c net.Conn, d *disk) error {
	in, out := bufio.NewReaderSize(c, 1<<20), bufio.NewWriterSize(c, 1<<20)
	for {
		var q struct {
			Magic       uint32
			Flags, Kind uint16
			Cookie, Off uint64
			Length      uint32
		}
		if err := receive(in, &q); err != nil {
			return err
		}
		if q.Magic != nbdRequest || q.Length > nbdLongest {
			return fmt.Errorf("nbd: request %#x for %d bytes", q.Magic, q.Length)
		}
		var data []byte
		var err error
		switch q.Kind {
		case nbdRead:
			data = make([]byte, q.Length)
			err = d.read(data, int64(q.Off))
		case nbdWrite:
			b := make([]byte, q.Length)
			if _, err := io.ReadFull(in, b); err != nil {
				return err
			}
			if err = d.write(b, int64(q.Off)); err == nil && q.Flags&nbdFlagFUA != 0 {
				err = d.flush()
			}
		case nbdFlush:
			err = d.flush()
		case nbdDisconnect:
			return nil
		default:
			err = errors.ErrUnsupported
		}
		if errors.Is(err, io.ErrClosedPipe) {
			return err // no power: no answer either
		}
		code := uint32(0)
		if err != nil {
			code, data = nbdEIO, nil
		}
		if err := send(out, uint32(nbdSimple), code, q.Cookie, data); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
}
