package wire

// Picture is a business day beside the day before and the same weekday a week ago, as it is drawn.
type Picture struct {
	Days []PictureDay `json:"days"` // three: the day, the day before, a week before
	Demo bool         `json:"demo,omitempty"`
}

// PictureDay is one of its days: what became of the sales that were opened on it.
type PictureDay struct {
	Day        string     `json:"day"`
	Which      string     `json:"which"` // day, before, week
	Sales      Line       `json:"sales"`
	Paid       Line       `json:"paid"`
	Hours      []HourLine `json:"hours"` // by the hour of IST in which they became paid, only those with some
	Waits      []Wait     `json:"waits"` // how long they took from opening to paid; always the same steps
	Ends       []End      `json:"ends"`  // always all of them
	TimeToPaid *TimeSpan  `json:"time_to_paid_ms,omitempty"`
}

// Wait counts paid sales that took no longer than Upto and longer than the step before.
type Wait struct {
	Upto  int64 `json:"upto_ms,omitempty"` // left out: longer than the step before
	Count int   `json:"count"`
}

// End counts sales that ended in one way.
type End struct {
	What  string `json:"what"` // paid, other_tender, expired, cancelled, failed, open
	Count int    `json:"count"`
}
