package pg

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"galla/internal/office"
	"galla/internal/office/watch"
	"galla/internal/segment"
	"galla/state/chain"
)

// Watch is the store of heartbeats, and of the findings that follow from them.
func (s *Store) Watch() watch.Store { return heartbeats{s.pool} }

type heartbeats struct{ pool *pgxpool.Pool }

// beatColumns are those of a Beat without its health.
const beatColumns = `signed_at, received_at, h.head_seq, h.head_hash, ours_seq, ours_hash, behind_since, skew_ms, said`

// beatRow is what they are read into.
type beatRow struct {
	signed, received, behind pgtype.Timestamptz
	head, ours               *int64
	headHash, oursHash       []byte
	skew                     *int64
	said                     []byte
}

func (r *beatRow) columns() []any {
	return []any{&r.signed, &r.received, &r.head, &r.headHash, &r.ours, &r.oursHash, &r.behind, &r.skew, &r.said}
}

func (r *beatRow) beat(terminal string) (b watch.Beat, err error) {
	if len(r.headHash) != len(chain.Hash{}) || len(r.oursHash) != len(chain.Hash{}) {
		return b, errors.New("the heartbeat of terminal " + terminal + " is damaged: restore the database")
	}
	b = watch.Beat{
		Terminal: terminal,
		Signed:   when(r.signed),
		Received: when(r.received),
		Head:     segment.Place{Seq: uint64(*r.head), Hash: chain.Hash(r.headHash)},
		Ours:     segment.Place{Seq: uint64(*r.ours), Hash: chain.Hash(r.oursHash)},
		Behind:   when(r.behind),
		Skew:     time.Duration(*r.skew) * time.Millisecond,
	}
	return b, json.Unmarshal(r.said, &b.Said)
}

// Beat is watch.Store's.
func (h heartbeats) Beat(ctx context.Context, terminal string) (b watch.Beat, found bool, err error) {
	var r beatRow
	var health []byte
	found, err = one(h.pool.QueryRow(ctx, "SELECT "+beatColumns+", health FROM heartbeat h WHERE terminal = $1",
		text(terminal)), append(r.columns(), &health)...)
	if !found || err != nil {
		return b, false, err
	}
	b, err = r.beat(terminal)
	b.Health = health
	return b, err == nil, err
}

// PutBeat is watch.Store's.
func (h heartbeats) PutBeat(ctx context.Context, b watch.Beat) (kept bool, err error) {
	said, err := json.Marshal(b.Said)
	if err != nil {
		return false, err
	}
	// PostgreSQL's json takes what RFC 8259 does, and no zero byte; it is kept as it came.
	var health any
	if b.Health != nil {
		health = string(b.Health)
	}
	done, err := h.pool.Exec(ctx, `
		INSERT INTO heartbeat (terminal, signed_at, received_at, head_seq, head_hash, ours_seq, ours_hash, behind_since,
			skew_ms, said, health)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::json, $11::text::json)
		ON CONFLICT (terminal) DO UPDATE SET signed_at = excluded.signed_at, received_at = excluded.received_at,
			head_seq = excluded.head_seq, head_hash = excluded.head_hash, ours_seq = excluded.ours_seq,
			ours_hash = excluded.ours_hash, behind_since = excluded.behind_since, skew_ms = excluded.skew_ms,
			said = excluded.said, health = excluded.health
		WHERE heartbeat.signed_at < excluded.signed_at`,
		text(b.Terminal), moment(b.Signed), moment(b.Received), int64(min(b.Head.Seq, office.MaxSeq)), b.Head.Hash[:],
		int64(min(b.Ours.Seq, office.MaxSeq)), b.Ours.Hash[:], moment(b.Behind), b.Skew.Milliseconds(), string(said),
		health)
	return done.RowsAffected() == 1, err
}

// Standings is watch.Store's.
func (h heartbeats) Standings(ctx context.Context) ([]watch.Standing, error) {
	rows, err := h.pool.Query(ctx, `
		SELECT t.id, t.joined_at, coalesce(s.id, ''), coalesce(s.opens, ''), coalesce(s.closes, ''), `+beatColumns+`
		FROM terminal t
			LEFT JOIN counter c ON c.id = t.counter
			LEFT JOIN shop s ON s.id = c.shop
			LEFT JOIN heartbeat h ON h.terminal = t.id
		WHERE t.state = 'joined' ORDER BY t.id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s watch.Standing, err error) {
		var r beatRow
		var joined pgtype.Timestamptz
		columns := append([]any{&s.Terminal, &joined, &s.Shop, &s.Opens, &s.Closes}, r.columns()...)
		if err = row.Scan(columns...); err != nil {
			return s, err
		}
		s.Terminal, s.JoinedAt, s.Heard = plain(s.Terminal), when(joined), r.signed.Valid
		if s.Heard {
			s.Beat, err = r.beat(s.Terminal)
		}
		return s, err
	})
}

// Trade is watch.Store's. Money that came late says nothing of the hours.
func (h heartbeats) Trade(ctx context.Context, shop string, days []string) (map[string]watch.Span, error) {
	rows, err := h.pool.Query(ctx, `
		SELECT p.day, min(p.captured_at), max(p.captured_at)
		FROM counter c JOIN terminal t ON t.counter = c.id JOIN payment p ON p.terminal = t.id
		WHERE c.shop = $1 AND p.day = ANY($2) AND NOT p.late AND p.captured_at IS NOT NULL GROUP BY p.day`,
		text(shop), days)
	if err != nil {
		return nil, err
	}
	spans := map[string]watch.Span{}
	var name string
	var first, last pgtype.Timestamptz
	_, err = pgx.ForEachRow(rows, []any{&name, &first, &last}, func() error {
		spans[plain(name)] = watch.Span{First: when(first), Last: when(last)}
		return nil
	})
	return spans, err
}

// Open is watch.Store's.
func (h heartbeats) Open(ctx context.Context) ([]watch.Condition, error) {
	rows, err := h.pool.Query(ctx, `
		SELECT terminal, kind, values FROM finding WHERE ended IS NULL AND kind = ANY($1)`, watch.Kinds)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (c watch.Condition, err error) {
		var values []byte
		if err = r.Scan(&c.Terminal, &c.Kind, &values); err != nil {
			return c, err
		}
		c.Terminal = plain(c.Terminal)
		return c, json.Unmarshal(values, &c.Values)
	})
}

// Change is watch.Store's.
func (h heartbeats) Change(ctx context.Context, begin, end []watch.Condition, at time.Time) error {
	return pgx.BeginFunc(ctx, h.pool, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		for _, c := range begin {
			values, err := json.Marshal(c.Values)
			if err != nil {
				return err
			}
			batch.Queue(`
				INSERT INTO finding (kind, terminal, branch, seq, values, first, last, times)
				VALUES ($1, $2, 0, 0, $3::text::json, $4, $4, 1)
				ON CONFLICT (kind, terminal, branch, seq) WHERE ended IS NULL
				DO UPDATE SET values = excluded.values, last = excluded.last, times = finding.times + 1`,
				c.Kind, text(c.Terminal), string(values), at)
		}
		for _, c := range end {
			batch.Queue("UPDATE finding SET ended = $3 WHERE kind = $1 AND terminal = $2 AND ended IS NULL",
				c.Kind, text(c.Terminal), at)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
}
