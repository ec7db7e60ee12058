package cut

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// serve mounts a folder with one file, disk, and takes orders from standard input. It ends with it.
func serve(mountpoint, image, lie string) error {
	raw, err := os.ReadFile(image)
	if err != nil {
		return err
	}
	chance, err := strconv.ParseFloat(lie, 64)
	if err != nil {
		return err
	}
	c := newCache(raw, chance)
	server, err := fs.Mount(
		mountpoint,
		&root{disk: &disk{cache: c}},
		&fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "cutdisk"}},
	)
	if err != nil {
		return err
	}
	fmt.Println("serving")
	for sc := bufio.NewScanner(os.Stdin); sc.Scan(); {
		switch sc.Text() {
		case "freeze":
			c.freeze()
		case "drop":
			c.drop()
		case "revive":
			c.revive()
		}
		fmt.Println("done")
	}
	return server.Unmount()
}

type root struct {
	fs.Inode
	disk *disk
}

func (r *root) OnAdd(ctx context.Context) {
	r.AddChild("disk", r.NewPersistentInode(ctx, r.disk, fs.StableAttr{Mode: syscall.S_IFREG}), false)
}

// disk is the file behind the loop device.
type disk struct {
	fs.Inode
	cache *cache
}

var (
	_ fs.NodeGetattrer = (*disk)(nil)
	_ fs.NodeOpener    = (*disk)(nil)
	_ fs.NodeReader    = (*disk)(nil)
	_ fs.NodeWriter    = (*disk)(nil)
	_ fs.NodeFsyncer   = (*disk)(nil)
)

func (d *disk) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = 0o600, uint64(len(d.cache.now))
	return 0
}

func (d *disk) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (d *disk) Read(_ context.Context, _ fs.FileHandle, b []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultData(b[:d.cache.read(b, off)]), 0
}

func (d *disk) Write(_ context.Context, _ fs.FileHandle, b []byte, off int64) (uint32, syscall.Errno) {
	d.cache.write(b, off)
	return uint32(len(b)), 0
}

func (d *disk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	d.cache.flush()
	return 0
}
