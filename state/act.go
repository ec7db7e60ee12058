package state

// Box is what an act names instead of a gateway: the box itself.
const Box = "box"

// Act is something a person does to the box: a person added, a device paired, a day closed. It is written into the
// chain of events like an operation at a gateway, so that the history says who did what, and nobody can take a line out
// of it.
type Act struct {
	Kind     string // one of those below
	Target   string // the name, id or number of what is changed
	Detail   any    // what else is kept, as JSON; never a PIN, a token, or a hash of one
	By       string
	Approver string
}

// The kinds of acts. They are kept for ever and never change.
const (
	ActPersonAdd    = "person.add"
	ActPersonPIN    = "person.pin"
	ActPersonRemove = "person.remove"
	ActDevicePair   = "device.pair"
	ActDeviceLetIn  = "device.let_in"
	ActDeviceRevoke = "device.revoke"
	ActSignIn       = "session.begin"
	ActSignOut      = "session.end"
	ActWrongPINs    = "pin.wrong" // a run of wrong PINs, or the wait that it brings
	ActDayClose     = "day.close"
	ActExport       = "export.make"
	ActOfficeJoin   = "office.join" // the target is the terminal that the box is there
	ActOfficeLeave  = "office.leave"
)
