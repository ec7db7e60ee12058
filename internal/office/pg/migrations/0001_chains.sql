-- What boxes sent, and what it says. Text of boxes is written as text.go writes it.

CREATE TABLE terminal (
	id        text PRIMARY KEY,
	key       bytea NOT NULL,              -- Ed25519, 32 bytes
	joined_at timestamptz NOT NULL DEFAULT now(),
	left_at   timestamptz                  -- null: it has not left
);

-- Heads of chains. Who adds to one has locked its terminal FOR UPDATE.
CREATE TABLE branch (
	terminal text NOT NULL REFERENCES terminal,
	n        integer NOT NULL,             -- 0 is the first
	parent   integer NOT NULL,             -- -1: none
	from_seq bigint NOT NULL,              -- the places up to here are the parent's
	base     bytea NOT NULL,               -- hash of place from_seq
	seq      bigint NOT NULL,              -- the head
	hash     bytea NOT NULL,               -- of the head
	PRIMARY KEY (terminal, n)
) WITH (fillfactor = 50);

-- The truth: places from_seq+1 to last of a branch are in raw, the segment as it came. raw is compressed by the box.
-- Not cut into partitions by month: the key would need the month, so that a place could lie in two of them, and looking
-- up a place would ask the index of each.
CREATE TABLE segment (
	terminal    text NOT NULL,
	branch      integer NOT NULL,
	from_seq    bigint NOT NULL,
	last        bigint NOT NULL,
	received_at timestamptz NOT NULL,
	raw         bytea NOT NULL,
	PRIMARY KEY (terminal, branch, last)
);
ALTER TABLE segment ALTER COLUMN raw SET STORAGE EXTERNAL;

-- The rest follows from segments, and can be made from them again.

CREATE TABLE sale (
	terminal  text NOT NULL,
	branch    integer NOT NULL,
	id        text NOT NULL,
	seq       bigint NOT NULL,             -- of the event that last changed it
	day       text NOT NULL,               -- business day, 2026-11-22
	number    bigint NOT NULL,             -- within the day
	amount    bigint NOT NULL,             -- paise
	phase     text NOT NULL,
	tender    text NOT NULL,
	reason    text NOT NULL,               -- why it was closed unpaid
	opened_by text NOT NULL,
	gateway   text NOT NULL,               -- that was asked last
	opened_at timestamptz,
	paid_at   timestamptz,
	closed_at timestamptz,
	attention text NOT NULL,               -- kinds of its open items, with a space between them
	trouble   text NOT NULL,               -- why the row is not what its events say
	demo      boolean NOT NULL,
	body      bytea NOT NULL,              -- office.Sale, packed (body.go), for the next event of it
	PRIMARY KEY (terminal, branch, id)
);
CREATE INDEX sale_day ON sale (terminal, day);
CREATE INDEX sale_attention ON sale (terminal, branch) WHERE attention <> '' OR trouble <> '';

CREATE TABLE operation (
	terminal text NOT NULL,
	branch   integer NOT NULL,
	id       text NOT NULL,
	seq      bigint NOT NULL,
	kind     text NOT NULL,
	status   text NOT NULL,
	asked_by text NOT NULL,
	approver text NOT NULL,
	asked_at timestamptz,
	done_at  timestamptz,
	body     bytea NOT NULL,               -- state.Operation, packed
	PRIMARY KEY (terminal, branch, id)
);
CREATE INDEX operation_asked ON operation (terminal, asked_at);

-- One payment is one, in all branches of all boxes: the only key that does not begin with the terminal.
CREATE TABLE payment (
	gateway     text NOT NULL,
	id          text NOT NULL,
	terminal    text NOT NULL,
	branch      integer NOT NULL,
	sale        text NOT NULL,
	day         text NOT NULL,             -- business day of the sale
	rrn         text NOT NULL,
	captured_at timestamptz,
	late        boolean NOT NULL,
	received    bigint NOT NULL,           -- paise; = kept + surplus + gone
	kept        bigint NOT NULL,
	surplus     bigint NOT NULL,
	gone        bigint NOT NULL,
	PRIMARY KEY (gateway, id)
);
CREATE INDEX payment_day ON payment (terminal, day);
CREATE INDEX payment_rrn ON payment (rrn) WHERE rrn <> '';

CREATE TABLE day (
	terminal text NOT NULL,
	day      text NOT NULL,
	payments bigint NOT NULL,
	received bigint NOT NULL,              -- paise; = kept + surplus + gone
	kept     bigint NOT NULL,
	surplus  bigint NOT NULL,
	gone     bigint NOT NULL,
	PRIMARY KEY (terminal, day)
) WITH (fillfactor = 50);
CREATE INDEX day_day ON day (day);

-- Of strangers too, so it hangs off no terminal.
CREATE TABLE finding (
	terminal text NOT NULL,
	id       bigint GENERATED ALWAYS AS IDENTITY,
	kind     text NOT NULL,
	branch   integer NOT NULL,
	seq      bigint NOT NULL,
	text     text NOT NULL,
	at       timestamptz NOT NULL,
	PRIMARY KEY (terminal, id)
);
CREATE INDEX finding_at ON finding (at);
