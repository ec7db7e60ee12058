-- What the owner's page and the books need of what boxes sent. Sums are paise.

ALTER TABLE sale
	ADD reference text NOT NULL DEFAULT '',   -- the shop's bill number
	ADD kind text NOT NULL DEFAULT '',        -- how it came about: '' at the counter, mandate, standing
	ADD closed_by text NOT NULL DEFAULT '',   -- who asked for its end without payment
	ADD other_tender bigint NOT NULL DEFAULT 0,
	ADD items integer NOT NULL DEFAULT 0,     -- open items: what a person must decide
	ADD attending json NOT NULL DEFAULT '[]', -- those items, as state.Attention
	ADD invoice json;                         -- money.Invoice

-- A sale counts as the newest branch that has it says.
CREATE INDEX sale_id ON sale (terminal, id, branch);
CREATE INDEX sale_of_day ON sale (day, number);
CREATE INDEX sale_amount ON sale (amount, day);
CREATE INDEX sale_reference ON sale (reference) WHERE reference <> '';

ALTER TABLE operation
	ADD gateway text NOT NULL DEFAULT '',     -- box: what a person did to the box itself
	ADD target text NOT NULL DEFAULT '';
CREATE INDEX operation_acts ON operation (asked_at) WHERE gateway = 'box';

-- gone = promised + refunded + reversed
ALTER TABLE payment ADD refunded bigint NOT NULL DEFAULT 0, ADD reversed bigint NOT NULL DEFAULT 0;

ALTER TABLE day
	ADD refunded bigint NOT NULL DEFAULT 0,
	ADD reversed bigint NOT NULL DEFAULT 0,
	ADD hours bigint[] NOT NULL DEFAULT array_fill(0::bigint, ARRAY[24]), -- received, by hour of IST
	ADD sales bigint NOT NULL DEFAULT 0,      -- opened; each once, whatever branches have it
	ADD asked bigint NOT NULL DEFAULT 0,
	ADD paid bigint NOT NULL DEFAULT 0,
	ADD cancelled bigint NOT NULL DEFAULT 0,
	ADD expired bigint NOT NULL DEFAULT 0,
	ADD failed bigint NOT NULL DEFAULT 0,
	ADD elsewise bigint NOT NULL DEFAULT 0,   -- closed as paid in another way
	ADD other_tender bigint NOT NULL DEFAULT 0;

-- Money that goes back or went back, once over all branches of all boxes, as payment.
CREATE TABLE refund (
	gateway  text NOT NULL,
	key      text NOT NULL,
	others   boolean NOT NULL,                -- a bank sent it, or somebody at the gateway's dashboard
	terminal text NOT NULL,
	branch   integer NOT NULL,
	sale     text NOT NULL,
	number   bigint NOT NULL,                 -- of the sale, within its day
	day      text NOT NULL,                   -- business day of the sale
	payment  text NOT NULL,
	amount   bigint NOT NULL,
	status   text NOT NULL,
	reason   text NOT NULL,
	rrn      text NOT NULL,
	by       text NOT NULL,
	approver text NOT NULL,
	asked_at timestamptz,
	done_at  timestamptz,
	PRIMARY KEY (gateway, key)
);
CREATE INDEX refund_terminal ON refund (terminal, asked_at);
CREATE INDEX refund_asked ON refund (asked_at);
CREATE INDEX refund_payment ON refund (gateway, payment);

-- Z reports. What an operation says follows from segments, the bytes are the box's word, and what came of holding them
-- against the events can be made again.
CREATE TABLE z (
	terminal  text NOT NULL,
	operation text NOT NULL,
	branch    integer NOT NULL,
	event     bigint NOT NULL,                -- that says that it was made
	number    bigint NOT NULL,
	day       text NOT NULL,
	by        text NOT NULL,
	at        timestamptz,
	sha256    text NOT NULL,
	net       bigint NOT NULL,
	seq       bigint NOT NULL,                -- the last event in it
	left_from timestamptz,
	left_to   timestamptz,
	state     text NOT NULL,
	why       text NOT NULL,
	differs   json NOT NULL,
	bytes     bytea,
	PRIMARY KEY (terminal, operation)
);
CREATE INDEX z_number ON z (terminal, number);
CREATE INDEX z_wanted ON z (terminal, number) WHERE state = 'wanted';
CREATE INDEX z_day ON z (day);

-- A finding is found again until it ends.
ALTER TABLE finding DROP text, DROP at,
	ADD values json NOT NULL,
	ADD first timestamptz NOT NULL,
	ADD last timestamptz NOT NULL,
	ADD times bigint NOT NULL,
	ADD ended timestamptz,                    -- null: it stands
	ADD told timestamptz;                     -- null: nobody was told
CREATE UNIQUE INDEX finding_stands ON finding (terminal, kind, branch, seq) WHERE ended IS NULL;
CREATE INDEX finding_first ON finding (first);
