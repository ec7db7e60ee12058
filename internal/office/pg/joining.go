package pg

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/office"
	"galla/internal/office/joining"
	"galla/internal/office/web"
	"galla/internal/segment"
	"galla/state/chain"
)

// Joining is the store of who belongs to the office.
func (s *Store) Joining() joining.Store { return membership{s.pool} }

type membership struct{ pool *pgxpool.Pool }

// Change is joining.Store's: whoever changes something has locked the one row of the office.
func (m membership) Change(ctx context.Context, do func(joining.Tx) error) error {
	conn, err := m.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	defer end(sql)
	// READ COMMITTED: what is read behind the lock is as who held it before left it.
	if _, err := sql.Exec(ctx, "SELECT FROM office FOR UPDATE"); err != nil {
		return fmt.Errorf("the office can't be locked: %w", err)
	}
	if err := do(memberTx{ctx, sql}); err != nil {
		return err
	}
	return commit(ctx, sql)
}

// View is joining.Store's.
func (m membership) View(ctx context.Context, do func(joining.Tx) error) error {
	conn, err := m.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer end(sql)
	return do(memberTx{ctx, sql})
}

// memberTx writes at once: few rows change, and each by itself.
type memberTx struct {
	ctx context.Context
	sql pgx.Tx
}

func (t memberTx) exec(sql string, args ...any) error {
	_, err := t.sql.Exec(t.ctx, sql, args...)
	return err
}

// one reads a row; found is false for none.
func one(row pgx.Row, into ...any) (found bool, err error) {
	err = row.Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (t memberTx) Office() (o joining.Office, err error) {
	err = t.sql.QueryRow(t.ctx, "SELECT name FROM office").Scan(&o.Name)
	o.Name = plain(o.Name)
	return o, err
}

func (t memberTx) PutOffice(o joining.Office) error {
	return t.exec("UPDATE office SET name = $1", text(o.Name))
}

func (t memberTx) Shop(id string) (s joining.Shop, found bool, err error) {
	s.ID = id
	const ask = "SELECT name, gstin, state, opens, closes FROM shop WHERE id = $1"
	found, err = one(t.sql.QueryRow(t.ctx, ask, text(id)),
		&s.Name, &s.GSTIN, &s.State, &s.Opens, &s.Closes)
	s.Name = plain(s.Name)
	return s, found, err
}

func (t memberTx) Shops() ([]joining.Shop, error) {
	rows, err := t.sql.Query(t.ctx, `SELECT id, name, gstin, state, opens, closes FROM shop ORDER BY id COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (s joining.Shop, err error) {
		err = r.Scan(&s.ID, &s.Name, &s.GSTIN, &s.State, &s.Opens, &s.Closes)
		s.Name = plain(s.Name)
		return s, err
	})
}

func (t memberTx) PutShop(s joining.Shop) error {
	return t.exec(`
		INSERT INTO shop (id, name, gstin, state, opens, closes) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, gstin = excluded.gstin, state = excluded.state,
			opens = excluded.opens, closes = excluded.closes`,
		text(s.ID), text(s.Name), s.GSTIN, s.State, s.Opens, s.Closes)
}

func (t memberTx) Counters() ([]joining.Counter, error) {
	rows, err := t.sql.Query(t.ctx, `SELECT id, shop, label FROM counter ORDER BY shop COLLATE "C", n`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c joining.Counter, err error) {
		err = r.Scan(&c.ID, &c.Shop, &c.Label)
		c.Label = plain(c.Label)
		return c, err
	})
}

func (t memberTx) PutCounter(c joining.Counter) error {
	return t.exec(`
		INSERT INTO counter (id, shop, n, label)
		SELECT $1, $2, coalesce(max(n), 0) + 1, $3 FROM counter WHERE shop = $2`,
		text(c.ID), text(c.Shop), text(c.Label))
}

func (t memberTx) Code(hash joining.CodeHash) (c joining.Code, found bool, err error) {
	var expires, used pgtype.Timestamptz
	found, err = one(t.sql.QueryRow(t.ctx,
		"SELECT counter, made_by, expires_at, used_by, used_at FROM join_code WHERE hash = $1", hash[:]),
		&c.Counter, &c.By, &expires, &c.UsedBy, &used)
	c.Hash, c.By, c.Expires, c.UsedAt = hash, plain(c.By), when(expires), when(used)
	return c, found, err
}

func (t memberTx) PutCode(c joining.Code) error {
	return t.exec(`
		INSERT INTO join_code (hash, counter, made_by, expires_at, used_by, used_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (hash) DO UPDATE SET used_by = excluded.used_by, used_at = excluded.used_at`,
		c.Hash[:], c.Counter, text(c.By), moment(c.Expires), text(c.UsedBy), moment(c.UsedAt))
}

func (t memberTx) ForgetCodes(before time.Time) error {
	if err := t.exec("DELETE FROM join_try WHERE at < $1", before); err != nil {
		return err
	}
	return t.exec("DELETE FROM join_code WHERE expires_at < $1", before)
}

func (t memberTx) Tries(address string, since time.Time) (its, all int, err error) {
	err = t.sql.QueryRow(t.ctx, "SELECT count(*) FILTER (WHERE address = $1), count(*) FROM join_try WHERE at >= $2",
		text(address), since).Scan(&its, &all)
	return its, all, err
}

func (t memberTx) AddTry(address string, at time.Time) error {
	return t.exec("INSERT INTO join_try (at, address) VALUES ($1, $2)", at, text(address))
}

// terminalColumns are those of a joining.Terminal.
const terminalColumns = `id, key, state, coalesce(counter, ''), label, shop_name, version, head_seq, head_hash, address,
	asked_at, joined_at, left_at, ended_by, replaces`

func scanTerminal(r pgx.Row) (t joining.Terminal, err error) {
	var (
		key, hash           []byte
		asked, joined, left pgtype.Timestamptz
	)
	err = r.Scan(&t.ID, &key, &t.State, &t.Counter, &t.Label, &t.Shop, &t.Version, &t.Head.Seq, &hash, &t.Address,
		&asked, &joined, &left, &t.By, &t.Replaces)
	if err != nil {
		return t, err
	}
	t.Key, t.AskedAt, t.JoinedAt, t.LeftAt = ed25519.PublicKey(key), when(asked), when(joined), when(left)
	t.ID, t.Label, t.Shop, t.Version = plain(t.ID), plain(t.Label), plain(t.Shop), plain(t.Version)
	t.By, t.Replaces = plain(t.By), plain(t.Replaces)
	if len(hash) == len(chain.Hash{}) {
		t.Head.Hash = chain.Hash(hash)
	}
	return t, nil
}

func (t memberTx) Terminal(id string) (is joining.Terminal, found bool, err error) {
	is, err = scanTerminal(t.sql.QueryRow(t.ctx, "SELECT "+terminalColumns+" FROM terminal WHERE id = $1", text(id)))
	if errors.Is(err, pgx.ErrNoRows) {
		return joining.Terminal{}, false, nil
	}
	return is, err == nil, err
}

func (t memberTx) Terminals() ([]joining.Terminal, error) {
	rows, err := t.sql.Query(t.ctx, "SELECT "+terminalColumns+` FROM terminal ORDER BY asked_at, id COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (joining.Terminal, error) { return scanTerminal(r) })
}

func (t memberTx) PutTerminal(is joining.Terminal) error {
	return t.exec(`
		INSERT INTO terminal (id, key, state, counter, label, shop_name, version, head_seq, head_hash, address,
			asked_at, joined_at, left_at, ended_by, replaces)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, counter = excluded.counter, label = excluded.label,
			shop_name = excluded.shop_name, version = excluded.version, head_seq = excluded.head_seq,
			head_hash = excluded.head_hash, address = excluded.address, asked_at = excluded.asked_at,
			joined_at = excluded.joined_at, left_at = excluded.left_at, ended_by = excluded.ended_by,
			replaces = excluded.replaces`,
		text(is.ID), []byte(is.Key), string(is.State), pgtype.Text{String: is.Counter, Valid: is.Counter != ""},
		text(is.Label), text(is.Shop), text(is.Version), int64(min(is.Head.Seq, office.MaxSeq)), is.Head.Hash[:],
		text(is.Address), moment(is.AskedAt), moment(is.JoinedAt), moment(is.LeftAt), text(is.By), text(is.Replaces))
}

func (t memberTx) Newest(terminal string) (branch int, head uint64, found bool, err error) {
	found, err = one(t.sql.QueryRow(t.ctx, "SELECT n, seq FROM branch WHERE terminal = $1 ORDER BY n DESC LIMIT 1",
		text(terminal)), &branch, &head)
	return branch, head, found, err
}

// Holds is joining.Tx's: it proves the one segment of each branch that has a place of this number.
func (t memberTx) Holds(terminal string, p segment.Place) (bool, error) {
	if p.Seq > office.MaxSeq {
		return false, nil
	}
	rows, err := t.sql.Query(t.ctx, `
		SELECT raw FROM segment WHERE terminal = $1 AND from_seq < $2 AND last >= $2`, text(terminal), int64(p.Seq))
	if err != nil {
		return false, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return false, err
	}
	for _, raw := range all {
		g, err := segment.Parse(raw)
		if err != nil {
			return false, fmt.Errorf("the segment of place %d of terminal %s: %w", p.Seq, terminal, err)
		}
		places, _, err := g.Prove()
		if err != nil {
			return false, fmt.Errorf("the segment of place %d of terminal %s: %w", p.Seq, terminal, err)
		}
		if places[p.Seq-g.After-1].Hash == p.Hash {
			return true, nil
		}
	}
	return false, nil
}

func (t memberTx) Assignments() ([]joining.Assignment, error) {
	rows, err := t.sql.Query(t.ctx, `
		SELECT terminal, branch, from_seq, counter, at, made_by FROM assignment
		ORDER BY terminal COLLATE "C", branch, from_seq`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (a joining.Assignment, err error) {
		var at pgtype.Timestamptz
		err = r.Scan(&a.Terminal, &a.Branch, &a.From, &a.Counter, &at, &a.By)
		a.Terminal, a.At, a.By = plain(a.Terminal), when(at), plain(a.By)
		return a, err
	})
}

func (t memberTx) PutAssignments(terminal string, all []joining.Assignment) error {
	if err := t.exec("DELETE FROM assignment WHERE terminal = $1", text(terminal)); err != nil {
		return err
	}
	for _, a := range all {
		err := t.exec(`
			INSERT INTO assignment (terminal, branch, from_seq, counter, at, made_by) VALUES ($1, $2, $3, $4, $5, $6)`,
			text(terminal), a.Branch, int64(min(a.From, office.MaxSeq)), a.Counter, moment(a.At), text(a.By))
		if err != nil {
			return err
		}
	}
	return nil
}

// Caller is web.Callers': what a call of a terminal is held against, in one statement.
func (s *Store) Caller(ctx context.Context, id string) (c web.Caller, found bool, err error) {
	var (
		key   []byte
		heard pgtype.Timestamptz
	)
	found, err = one(s.pool.QueryRow(ctx, `
		SELECT key, state, signed_at FROM terminal LEFT JOIN heartbeat ON terminal = id WHERE id = $1`, text(id)),
		&key, &c.State, &heard)
	c.Key, c.Heard = ed25519.PublicKey(key), when(heard)
	return c, found, err
}
