module galla/state/boltstore/rig/cut

go 1.26.0

require galla v0.0.0

require (
	github.com/hanwen/go-fuse/v2 v2.12.1 // indirect
	go.etcd.io/bbolt v1.5.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace galla => ../../../..
