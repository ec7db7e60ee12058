package client

import (
	"context"
	"io"

	"galla/internal/counter/wire"
)

// Office reads how the box stands to its head office.
func (c *Client) Office(ctx context.Context) (wire.Office, error) {
	return get[wire.Office](ctx, c, "/v1/office")
}

// LookAtOffice asks an office what a code is for. Nothing changes by it.
func (c *Client) LookAtOffice(ctx context.Context, key string, b wire.LookAtOffice) (wire.OfficePlace, error) {
	return post[wire.OfficePlace](ctx, c, "/v1/office/look", key, b)
}

// JoinOffice makes the box a terminal of an office.
func (c *Client) JoinOffice(ctx context.Context, key string, b wire.JoinOffice) (wire.Office, error) {
	return post[wire.Office](ctx, c, "/v1/office/join", key, b)
}

// LeaveOffice ends that, also where the office can't be told.
func (c *Client) LeaveOffice(ctx context.Context, key string, by wire.Acting) (wire.Office, error) {
	return post[wire.Office](ctx, c, "/v1/office/leave", key, by)
}

// ExportForOffice copies this box's chain to w, as galla-office import takes it. An error after the first bytes leaves
// a file that isn't whole.
func (c *Client) ExportForOffice(ctx context.Context, w io.Writer) error {
	return c.download(ctx, "the export", "/v1/office/segments", w)
}
