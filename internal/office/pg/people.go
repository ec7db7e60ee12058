package pg

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/office/people"
)

// People is the store of who may look at the office's pages.
func (s *Store) People() people.Store { return staff{s.pool} }

type staff struct{ pool *pgxpool.Pool }

// lockPeople is the advisory lock of who changes people: "people".
const lockPeople int64 = 0x70656f706c65

// Change is people.Store's.
func (s staff) Change(ctx context.Context, do func(people.Tx) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	defer end(sql) // if we die before COMMIT, the server does the same
	if _, err := sql.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lockPeople); err != nil {
		return err
	}
	if err := do(staffTx{ctx, sql}); err != nil {
		return err
	}
	return commit(ctx, sql)
}

// View is people.Store's.
func (s staff) View(ctx context.Context, do func(people.Tx) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	sql, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer end(sql)
	return do(staffTx{ctx, sql})
}

// Try is people.Store's: who counts at a place has locked the place's row.
func (s staff) Try(
	ctx context.Context,
	place, name string,
	count func(name, place people.Tries) (n, p people.Tries, ok bool),
) error {
	// If we die in it, the try is counted or not, and was not made.
	return pgx.BeginFunc(ctx, s.pool, func(sql pgx.Tx) error {
		place, name := text(place), text(name)
		if _, err := sql.Exec(
			ctx,
			`INSERT INTO try (place, name, wrong, last, until) VALUES ($1, '', 0, 'epoch', 'epoch')
			ON CONFLICT (place, name) DO NOTHING`,
			place,
		); err != nil {
			return err
		}
		read := func(name string) (t people.Tries, err error) {
			_, err = one(
				sql.QueryRow(ctx, `SELECT wrong, last, until FROM try WHERE place = $1 AND name = $2 FOR UPDATE`,
					place, name),
				&t.Wrong,
				&t.Last,
				&t.Until,
			)
			if t.Wrong == 0 && t.Last.Unix() == 0 {
				t = people.Tries{}
			}
			return t, err
		}
		p, err := read("")
		if err != nil {
			return err
		}
		n, err := read(name)
		if err != nil {
			return err
		}
		n, p, ok := count(n, p)
		if !ok {
			return nil
		}
		for name, t := range map[string]people.Tries{name: n, "": p} {
			if _, err := sql.Exec(ctx, `INSERT INTO try (place, name, wrong, last, until) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (place, name) DO UPDATE SET wrong = excluded.wrong, last = excluded.last,
					until = excluded.until`,
				place, name, t.Wrong, t.Last, orEpoch(t.Until)); err != nil {
				return err
			}
		}
		return nil
	})
}

func orEpoch(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return t
}

// Right is people.Store's.
func (s staff) Right(ctx context.Context, place, name string) error {
	// If we die in it, a try more is counted than was made.
	return pgx.BeginFunc(ctx, s.pool, func(sql pgx.Tx) error {
		place := text(place)
		var t people.Tries
		found, err := one(
			sql.QueryRow(ctx, `SELECT wrong, last, until FROM try WHERE place = $1 AND name = '' FOR UPDATE`,
				place),
			&t.Wrong,
			&t.Last,
			&t.Until,
		)
		if err == nil {
			_, err = sql.Exec(ctx, `DELETE FROM try WHERE place = $1 AND name = $2`, place, text(name))
		}
		if err != nil || !found {
			return err
		}
		t = t.Back()
		_, err = sql.Exec(ctx, `UPDATE try SET wrong = $2, until = $3 WHERE place = $1 AND name = ''`, place, t.Wrong,
			orEpoch(t.Until))
		return err
	})
}

// Seen is people.Store's.
func (s staff) Seen(ctx context.Context, token people.TokenHash, at time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE session SET used = $2 WHERE token = $1`, token[:], at)
	return err
}

// staffTx writes at once: few rows change, and each by itself.
type staffTx struct {
	ctx context.Context
	sql pgx.Tx
}

func (t staffTx) exec(sql string, args ...any) error {
	_, err := t.sql.Exec(t.ctx, sql, args...)
	return err
}

const record = `SELECT folded, name, role, hash, since, by FROM person`

func scanRecord(row pgx.CollectableRow) (r people.Record, err error) {
	var role string
	if err = row.Scan(&r.Folded, &r.Name, &role, &r.Hash, &r.Since, &r.By); err != nil {
		return r, err
	}
	r.Folded, r.Name, r.By, r.Since = plain(r.Folded), plain(r.Name), plain(r.By), r.Since.UTC()
	r.Role, err = people.ParseRole(role)
	return r, err
}

// Person is people.Tx's.
func (t staffTx) Person(folded string) (people.Record, bool, error) {
	rows, err := t.sql.Query(t.ctx, record+" WHERE folded = $1", text(folded))
	if err != nil {
		return people.Record{}, false, err
	}
	all, err := pgx.CollectRows(rows, scanRecord)
	if err != nil || len(all) == 0 {
		return people.Record{}, false, err
	}
	return all[0], true, nil
}

// Persons is people.Tx's.
func (t staffTx) Persons() ([]people.Record, error) {
	rows, err := t.sql.Query(t.ctx, record+` ORDER BY folded COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRecord)
}

// Session is people.Tx's.
func (t staffTx) Session(token people.TokenHash) (s people.Session, found bool, err error) {
	var role string
	found, err = one(t.sql.QueryRow(t.ctx, `SELECT name, role, began, used FROM session JOIN person ON folded = person
		WHERE token = $1`, token[:]), &s.Name, &role, &s.Began, &s.Used)
	if err != nil || !found {
		return people.Session{}, false, err
	}
	s.Name, s.Began, s.Used = plain(s.Name), s.Began.UTC(), s.Used.UTC()
	s.Role, err = people.ParseRole(role)
	return s, true, err
}

// Acts is people.Tx's.
func (t staffTx) Acts(before int64, limit int) ([]people.Act, error) {
	rows, err := t.sql.Query(t.ctx, `SELECT id, at, by, kind, target, detail FROM act WHERE $1 = 0 OR id < $1
		ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a people.Act, err error) {
		var detail []byte
		err = row.Scan(&a.ID, &a.At, &a.By, &a.Kind, &a.Target, &detail)
		a.At, a.By, a.Target, a.Detail = a.At.UTC(), plain(a.By), plain(a.Target), json.RawMessage(detail)
		return a, err
	})
}

// PutPerson is people.Tx's.
func (t staffTx) PutPerson(r people.Record) error {
	return t.exec(`INSERT INTO person (folded, name, role, hash, since, by) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (folded) DO UPDATE SET name = excluded.name, role = excluded.role, hash = excluded.hash,
			since = excluded.since, by = excluded.by`,
		text(r.Folded), text(r.Name), r.Role.String(), r.Hash, r.Since, text(r.By))
}

// DeletePerson is people.Tx's: the sessions go with it.
func (t staffTx) DeletePerson(folded string) error {
	return t.exec(`DELETE FROM person WHERE folded = $1`, text(folded))
}

// PutSession is people.Tx's.
func (t staffTx) PutSession(token people.TokenHash, s people.Session) error {
	return t.exec(
		`INSERT INTO session (token, person, began, used) SELECT $1, folded, $3, $4 FROM person WHERE name = $2`,
		token[:],
		text(s.Name),
		s.Began,
		s.Used,
	)
}

// EndSessions is people.Tx's.
func (t staffTx) EndSessions(folded string) error {
	return t.exec(`DELETE FROM session WHERE person = $1`, text(folded))
}

// EndSession is people.Tx's.
func (t staffTx) EndSession(token people.TokenHash) error {
	return t.exec(`DELETE FROM session WHERE token = $1`, token[:])
}

// ForgetSessions is people.Tx's.
func (t staffTx) ForgetSessions(began, used time.Time) error {
	if err := t.exec(`DELETE FROM session WHERE began < $1 OR used < $2`, began, used); err != nil {
		return err
	}
	return t.exec(`DELETE FROM try WHERE last < $1`, began)
}

// AddAct is people.Tx's.
func (t staffTx) AddAct(a people.Act) error {
	var detail pgtype.Text
	if a.Detail != nil {
		detail = pgtype.Text{String: string(a.Detail), Valid: true}
	}
	return t.exec(
		`INSERT INTO act (at, by, kind, target, detail) VALUES ($1, $2, $3, $4, $5::json)`,
		a.At,
		text(a.By),
		a.Kind,
		text(a.Target),
		detail,
	)
}
