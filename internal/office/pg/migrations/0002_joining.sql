-- Who belongs to the office, and what boxes say of themselves.

CREATE TABLE office (
	one  boolean PRIMARY KEY DEFAULT true CHECK (one), -- who changes what is below locks this row
	name text NOT NULL
);
INSERT INTO office (name) VALUES ('');

CREATE TABLE shop (
	id     text PRIMARY KEY,
	name   text NOT NULL,
	gstin  text NOT NULL,
	state  text NOT NULL,                  -- two digits of the GST state code
	opens  text NOT NULL,                  -- 09:00 in IST; both empty: learned
	closes text NOT NULL
);

CREATE TABLE counter (
	id    text PRIMARY KEY,                -- shop/n
	shop  text NOT NULL REFERENCES shop,
	n     integer NOT NULL,
	label text NOT NULL,
	UNIQUE (shop, n),
	UNIQUE (shop, label)
);

ALTER TABLE terminal
	ALTER COLUMN joined_at DROP NOT NULL,
	ADD COLUMN state     text NOT NULL DEFAULT 'joined' CHECK (state IN ('waiting', 'joined', 'left', 'revoked')),
	ADD COLUMN counter   text REFERENCES counter, -- where it stands, or asks to
	ADD COLUMN label     text NOT NULL DEFAULT '',
	ADD COLUMN shop_name text NOT NULL DEFAULT '', -- as the box calls its shop
	ADD COLUMN version   text NOT NULL DEFAULT '',
	ADD COLUMN head_seq  bigint NOT NULL DEFAULT 0, -- where its chain ended when it joined
	ADD COLUMN head_hash bytea,
	ADD COLUMN address   text NOT NULL DEFAULT '',
	ADD COLUMN asked_at  timestamptz NOT NULL DEFAULT now(),
	ADD COLUMN ended_by  text NOT NULL DEFAULT '', -- who confirmed or revoked it last
	ADD COLUMN replaces  text NOT NULL DEFAULT '';

CREATE TABLE join_code (
	hash       bytea PRIMARY KEY,
	counter    text NOT NULL REFERENCES counter,
	made_by    text NOT NULL,
	expires_at timestamptz NOT NULL,
	used_by    text NOT NULL,              -- a terminal; empty: nobody
	used_at    timestamptz
);

CREATE TABLE join_try (                    -- wrong codes
	at      timestamptz NOT NULL,
	address text NOT NULL
);
CREATE INDEX join_try_at ON join_try (at);

-- Where places of chains were earned: those of the last assignment that is not behind them, by branch and number.
CREATE TABLE assignment (
	terminal text NOT NULL REFERENCES terminal,
	branch   integer NOT NULL,
	from_seq bigint NOT NULL,              -- the first place
	counter  text NOT NULL REFERENCES counter,
	at       timestamptz NOT NULL,
	made_by  text NOT NULL,
	PRIMARY KEY (terminal, branch, from_seq)
);
CREATE INDEX assignment_counter ON assignment (counter);

-- The newest of each terminal.
CREATE TABLE heartbeat (
	terminal     text PRIMARY KEY REFERENCES terminal,
	signed_at    timestamptz NOT NULL,
	received_at  timestamptz NOT NULL,
	head_seq     bigint NOT NULL,          -- the box's
	head_hash    bytea NOT NULL,
	ours_seq     bigint NOT NULL,          -- the office's newest branch's, then
	ours_hash    bytea NOT NULL,
	behind_since timestamptz,              -- null: the heads were the same
	skew_ms      bigint NOT NULL,          -- the box's clock less the office's
	said         json NOT NULL,            -- watch.Said
	health       json                      -- wire.Health, as it came
) WITH (fillfactor = 50);
