package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"galla/internal/office/watch"
	"galla/internal/segment"
)

// Metrics counts what an office does. Its methods may be called from any goroutine.
type Metrics struct {
	registry  *prometheus.Registry
	calls     *prometheus.HistogramVec
	segments  *prometheus.CounterVec
	takes     *prometheus.HistogramVec
	batch     prometheus.Histogram
	terminals prometheus.Gauge
	holds     *prometheus.GaugeVec
	told      *prometheus.CounterVec
}

// New makes the counters of an office of a version.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "galla_office_request_duration_seconds",
			Help:    "Calls of boxes, by path and by status.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 25}}, []string{"path", "status"}),
		segments: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "galla_office_segments_total",
			Help: "Segments that came, by what became of them: append, duplicate, fork, hole, gap, refused."},
			[]string{"verdict"}),
		takes: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "galla_office_take_duration_seconds",
			Help:    "Transactions that take segments, until they are committed; result is ok or error.",
			Buckets: []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60}}, []string{"result"}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "galla_office_batch_segments",
			Help:    "Segments of one transaction.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}}),
		terminals: prometheus.NewGauge(prometheus.GaugeOpts{Name: "galla_office_terminals",
			Help: "Terminals that are joined."}),
		holds: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "galla_office_terminals_with",
			Help: "Terminals of which a condition holds: silent, behind, clock, stopped, gateway, printer, disk, " +
				"attention, newer."}, []string{"condition"}),
		told: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "galla_office_alerts_total",
			Help: "Alerts, by way (webhook, mail) and result (ok, error)."}, []string{"way", "result"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "galla_office_build_info",
		Help: "1; the labels say which galla-office runs."}, []string{"version", "go_version"})
	build.WithLabelValues(version, runtime.Version()).Set(1)

	// There from the start, so that a rate can be taken.
	for _, v := range []segment.Kind{
		segment.Append,
		segment.Duplicate,
		segment.Fork,
		segment.Hole,
		segment.Gap,
		segment.Refused,
	} {
		m.segments.WithLabelValues(string(v))
	}
	for _, kind := range watch.Kinds {
		m.holds.WithLabelValues(kind)
	}
	m.takes.WithLabelValues("ok")
	m.takes.WithLabelValues("error")
	m.registry.MustRegister(m.calls, m.segments, m.takes, m.batch, m.terminals, m.holds, m.told, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call counts one call of a box.
func (m *Metrics) Call(path string, status int, took time.Duration) {
	m.calls.WithLabelValues(path, strconv.Itoa(status)).Observe(took.Seconds())
}

// Segment counts one segment that was judged.
func (m *Metrics) Segment(verdict string) { m.segments.WithLabelValues(verdict).Inc() }

// Batch counts one transaction.
func (m *Metrics) Batch(submissions int, took time.Duration, err error) {
	m.takes.WithLabelValues(result(err)).Observe(took.Seconds())
	m.batch.Observe(float64(submissions))
}

// Terminals says how many there are, and of how many each condition holds.
func (m *Metrics) Terminals(n int, holds map[string]int) {
	m.terminals.Set(float64(n))
	for kind, n := range holds {
		m.holds.WithLabelValues(kind).Set(float64(n))
	}
}

// Told counts one alert.
func (m *Metrics) Told(way string, err error) { m.told.WithLabelValues(way, result(err)).Inc() }

// Queue says where to ask how many segments wait.
func (m *Metrics) Queue(waiting func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "galla_office_queue_segments",
		Help: "Segments that wait for their transaction."}, func() float64 { return float64(waiting()) }))
}

func result(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}

// Handler answers a scrape, in Prometheus's text or OpenMetrics as asked.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
