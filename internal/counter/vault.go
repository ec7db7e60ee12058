package counter

// Vault keeps what the counter owns beside the sales: people, devices, day closings, its certificate. Values are small.
// Put and Delete have reached the disk when they return nil. Calls may come from any goroutine; the counter itself sees to
// it that two writes of one key don't cross.
type Vault interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	Delete(key string) error // of a missing key is no error
	List(prefix string) (keys []string, err error)
}

// The keys, each followed by a name.
const (
	personKey = "person/"
	deviceKey = "device/"
	tlsKey    = "tls/"
	firstKey  = "first/device" // the whole key: a setup from the page, and nobody has a console yet
)
