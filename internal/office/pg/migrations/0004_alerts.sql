-- What was told to whom.

CREATE TABLE alert_way (
	way   text PRIMARY KEY,                -- webhook, mail
	since timestamptz NOT NULL             -- when it was switched on: what began before is not told
);

CREATE TABLE alert (
	terminal text NOT NULL,
	finding  bigint NOT NULL,
	way      text NOT NULL,
	what     text NOT NULL,                -- began, ended
	told_at  timestamptz NOT NULL,
	PRIMARY KEY (terminal, finding, way, what)
);
CREATE INDEX finding_ended ON finding (ended);
