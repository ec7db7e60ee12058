-- Who may look at the office's pages, and what they did. Names are looked up folded.

CREATE TABLE person (
	folded text PRIMARY KEY,
	name   text NOT NULL,
	role   text NOT NULL CHECK (role IN ('viewer', 'accountant', 'owner')),
	hash   text NOT NULL,                  -- of the password, argon2id with its cost
	since  timestamptz NOT NULL,
	by     text NOT NULL
);

CREATE TABLE session (
	token  bytea PRIMARY KEY,              -- its SHA-256
	person text NOT NULL REFERENCES person ON DELETE CASCADE,
	began  timestamptz NOT NULL,
	used   timestamptz NOT NULL
);
CREATE INDEX session_person ON session (person);

CREATE TABLE try (                         -- at passwords; name '': of the place, whatever the names
	place text NOT NULL,
	name  text NOT NULL,
	wrong integer NOT NULL,
	last  timestamptz NOT NULL,
	until timestamptz NOT NULL,
	PRIMARY KEY (place, name)
);

CREATE TABLE act (
	id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at     timestamptz NOT NULL,
	by     text NOT NULL,
	kind   text NOT NULL,
	target text NOT NULL,
	detail json
);

-- What cashiers' sales and invoices come to by day: a month of them is too many rows to add up while somebody waits.
-- They follow the rows of sale by triggers, and count a sale in each branch that has it. Of a terminal with several
-- branches the pages add up the rows of sale.
CREATE TABLE cashier_day (
	terminal  text NOT NULL,
	day       text NOT NULL,
	cashier   text NOT NULL,
	sales     bigint NOT NULL,
	cancelled bigint NOT NULL,
	amount    bigint NOT NULL,             -- of the cancelled ones, paise
	PRIMARY KEY (terminal, day, cashier)
) WITH (fillfactor = 50);
CREATE INDEX cashier_day_day ON cashier_day (day) INCLUDE (terminal, cashier, sales, cancelled, amount);

CREATE TABLE invoice_day (                 -- of paid sales
	terminal   text NOT NULL,
	day        text NOT NULL,
	gstin      text NOT NULL,
	interstate boolean NOT NULL,
	invoices   bigint NOT NULL,
	amount     bigint NOT NULL,            -- paise, with tax
	gst        bigint NOT NULL,
	cess       bigint NOT NULL,
	PRIMARY KEY (terminal, day, gstin, interstate)
) WITH (fillfactor = 50);
CREATE INDEX invoice_day_day ON invoice_day (day);

CREATE FUNCTION sale_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO cashier_day AS d (terminal, day, cashier, sales, cancelled, amount)
	SELECT * FROM (
		SELECT terminal, day, opened_by, sum(n) AS sales, sum(n * (reason = 'cancelled')::int) AS cancelled,
			sum(n * amount * (reason = 'cancelled')::int) AS amount
		FROM (SELECT 1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM now_rows) AS x WHERE NOT demo GROUP BY terminal, day, opened_by ORDER BY terminal, day, opened_by
	) AS g WHERE sales <> 0 OR cancelled <> 0 OR amount <> 0
	ON CONFLICT (terminal, day, cashier) DO UPDATE SET sales = d.sales + excluded.sales,
		cancelled = d.cancelled + excluded.cancelled, amount = d.amount + excluded.amount;
	INSERT INTO invoice_day AS d (terminal, day, gstin, interstate, invoices, amount, gst, cess)
	SELECT * FROM (
		SELECT terminal, day, invoice->>'gstin', coalesce((invoice->>'interstate')::boolean, false),
			sum(n) AS invoices, sum(n * amount) AS amount, sum(n * coalesce((invoice->>'gst_paise')::bigint, 0)) AS gst,
			sum(n * coalesce((invoice->>'cess_paise')::bigint, 0)) AS cess
		FROM (SELECT 1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM now_rows) AS x WHERE invoice IS NOT NULL AND NOT demo AND phase = 'paid' AND invoice->>'gstin' <> ''
		GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
	) AS g WHERE invoices <> 0 OR amount <> 0 OR gst <> 0 OR cess <> 0
	ON CONFLICT (terminal, day, gstin, interstate) DO UPDATE SET invoices = d.invoices + excluded.invoices,
		amount = d.amount + excluded.amount, gst = d.gst + excluded.gst, cess = d.cess + excluded.cess;
	RETURN NULL;
END $$;

CREATE FUNCTION sale_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO cashier_day AS d (terminal, day, cashier, sales, cancelled, amount)
	SELECT * FROM (
		SELECT terminal, day, opened_by, sum(n) AS sales, sum(n * (reason = 'cancelled')::int) AS cancelled,
			sum(n * amount * (reason = 'cancelled')::int) AS amount
		FROM (SELECT 1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM now_rows
			UNION ALL SELECT -1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM was_rows) AS x WHERE NOT demo GROUP BY terminal, day, opened_by ORDER BY terminal, day, opened_by
	) AS g WHERE sales <> 0 OR cancelled <> 0 OR amount <> 0
	ON CONFLICT (terminal, day, cashier) DO UPDATE SET sales = d.sales + excluded.sales,
		cancelled = d.cancelled + excluded.cancelled, amount = d.amount + excluded.amount;
	INSERT INTO invoice_day AS d (terminal, day, gstin, interstate, invoices, amount, gst, cess)
	SELECT * FROM (
		SELECT terminal, day, invoice->>'gstin', coalesce((invoice->>'interstate')::boolean, false),
			sum(n) AS invoices, sum(n * amount) AS amount, sum(n * coalesce((invoice->>'gst_paise')::bigint, 0)) AS gst,
			sum(n * coalesce((invoice->>'cess_paise')::bigint, 0)) AS cess
		FROM (SELECT 1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM now_rows
			UNION ALL SELECT -1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM was_rows) AS x WHERE invoice IS NOT NULL AND NOT demo AND phase = 'paid' AND invoice->>'gstin' <> ''
		GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
	) AS g WHERE invoices <> 0 OR amount <> 0 OR gst <> 0 OR cess <> 0
	ON CONFLICT (terminal, day, gstin, interstate) DO UPDATE SET invoices = d.invoices + excluded.invoices,
		amount = d.amount + excluded.amount, gst = d.gst + excluded.gst, cess = d.cess + excluded.cess;
	RETURN NULL;
END $$;

CREATE FUNCTION sale_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO cashier_day AS d (terminal, day, cashier, sales, cancelled, amount)
	SELECT * FROM (
		SELECT terminal, day, opened_by, sum(n) AS sales, sum(n * (reason = 'cancelled')::int) AS cancelled,
			sum(n * amount * (reason = 'cancelled')::int) AS amount
		FROM (SELECT -1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM was_rows) AS x WHERE NOT demo GROUP BY terminal, day, opened_by ORDER BY terminal, day, opened_by
	) AS g WHERE sales <> 0 OR cancelled <> 0 OR amount <> 0
	ON CONFLICT (terminal, day, cashier) DO UPDATE SET sales = d.sales + excluded.sales,
		cancelled = d.cancelled + excluded.cancelled, amount = d.amount + excluded.amount;
	INSERT INTO invoice_day AS d (terminal, day, gstin, interstate, invoices, amount, gst, cess)
	SELECT * FROM (
		SELECT terminal, day, invoice->>'gstin', coalesce((invoice->>'interstate')::boolean, false),
			sum(n) AS invoices, sum(n * amount) AS amount, sum(n * coalesce((invoice->>'gst_paise')::bigint, 0)) AS gst,
			sum(n * coalesce((invoice->>'cess_paise')::bigint, 0)) AS cess
		FROM (SELECT -1 AS n, terminal, day, opened_by, reason, amount, demo, phase, invoice FROM was_rows) AS x WHERE invoice IS NOT NULL AND NOT demo AND phase = 'paid' AND invoice->>'gstin' <> ''
		GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
	) AS g WHERE invoices <> 0 OR amount <> 0 OR gst <> 0 OR cess <> 0
	ON CONFLICT (terminal, day, gstin, interstate) DO UPDATE SET invoices = d.invoices + excluded.invoices,
		amount = d.amount + excluded.amount, gst = d.gst + excluded.gst, cess = d.cess + excluded.cess;
	RETURN NULL;
END $$;

CREATE TRIGGER sale_added AFTER INSERT ON sale REFERENCING NEW TABLE AS now_rows
	FOR EACH STATEMENT EXECUTE FUNCTION sale_added();
CREATE TRIGGER sale_changed AFTER UPDATE ON sale REFERENCING NEW TABLE AS now_rows OLD TABLE AS was_rows
	FOR EACH STATEMENT EXECUTE FUNCTION sale_changed();
CREATE TRIGGER sale_taken AFTER DELETE ON sale REFERENCING OLD TABLE AS was_rows
	FOR EACH STATEMENT EXECUTE FUNCTION sale_taken();

-- What an older office stored.
INSERT INTO cashier_day
SELECT terminal, day, opened_by, count(*), count(*) FILTER (WHERE reason = 'cancelled'),
	coalesce(sum(amount) FILTER (WHERE reason = 'cancelled'), 0)
FROM sale WHERE NOT demo GROUP BY terminal, day, opened_by;
INSERT INTO invoice_day
SELECT terminal, day, invoice->>'gstin', coalesce((invoice->>'interstate')::boolean, false), count(*), sum(amount),
	sum(coalesce((invoice->>'gst_paise')::bigint, 0)), sum(coalesce((invoice->>'cess_paise')::bigint, 0))
FROM sale WHERE NOT demo AND phase = 'paid' AND invoice->>'gstin' <> '' GROUP BY 1, 2, 3, 4;
