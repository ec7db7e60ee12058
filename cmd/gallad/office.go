package main

import (
	"context"

	"galla/internal/counter/wire"
	"galla/internal/membership"
	"galla/internal/segment"
)

// newMembership makes the box's place in a chain of shops. It needs the operations, and asks the counter once it runs.
func (b *box) newMembership() (err error) {
	b.membership, err = membership.New(membership.Options{
		Keys:    keysBeside(b.config.Till.Database),
		Record:  b.operations.Audit,
		Chain:   b.store,
		Changed: b.till.Changed,
		Health:  func(ctx context.Context) (wire.Health, error) { return b.counter.Health(ctx) },
		Head: func() segment.Place {
			h := b.store.Head()
			return segment.Place{Seq: h.Seq, Hash: h.Hash}
		},
		Z:       b.storedZ,
		Label:   b.config.Till.Terminal,
		Shop:    b.config.Shop.Name,
		Version: release(),
		Log:     b.log,
	})
	return err
}

// storedZ is the stored bytes of the Z report whose day an operation closed; none where there is none.
func (b *box) storedZ(_ context.Context, operation string) ([]byte, error) {
	o, found, err := b.store.Operation(operation)
	if err != nil || !found {
		return nil, err
	}
	stored, _ := b.counter.StoredZ(o)
	return stored, nil
}
