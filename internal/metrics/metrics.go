package metrics

import (
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what a till does. Its methods may be called from any goroutine.
type Metrics struct {
	registry *prometheus.Registry
	labelled prometheus.Registerer // each series names the terminal: many boxes may send to one server from one address
	sales    *prometheus.CounterVec
	paid     *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	commits  *prometheus.HistogramVec
	lag      prometheus.Histogram
}

// New makes the counters of a gallad of a version; terminal names the box in each series.
func New(version, terminal string) *Metrics {
	registry := prometheus.NewRegistry()
	m := &Metrics{
		registry: registry,
		labelled: prometheus.WrapRegistererWith(prometheus.Labels{"terminal": terminal}, registry),
		sales: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "galla_sales_total",
			Help: "Sales that ended, by the gateway that was asked last and by how they ended: paid, cancelled, " +
				"expired, failed, other_tender."}, []string{"gateway", "outcome"}),
		paid: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "galla_sale_time_to_paid_seconds",
			Help:    "From the opening of a sale until its money was known to be there.",
			Buckets: []float64{5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600}}, []string{"gateway"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "galla_gateway_request_duration_seconds",
			Help: "Calls to a gateway, by what was asked and by class: ok, or how it failed (rejected, " +
				"unavailable, busy, unknown, misconfigured).",
			Buckets: []float64{.05, .1, .2, .3, .5, .75, 1, 2, 5, 10, 25}}, []string{"gateway", "operation", "class"}),
		commits: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "galla_store_commit_duration_seconds",
			Help:    "Commits to the sales file, until they are on disk; result is ok or error.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5}}, []string{"result"}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "galla_event_lag_seconds",
			Help: "From the moment an event carries until a follower of the event log, such as a " +
				"console, can read it.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5, 30}}),
	}

	build := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{Name: "galla_build_info", Help: "1; the labels say which gallad runs."},
		[]string{"version", "go_version"},
	)
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.commits.WithLabelValues("ok") // there from the start, so that a rate can be taken
	m.commits.WithLabelValues("error")
	m.labelled.MustRegister(
		m.sales,
		m.paid,
		m.calls,
		m.commits,
		m.lag,
		build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)

	return m
}

// outcomes are all the ways a sale ends.
var outcomes = []string{"paid", "cancelled", "expired", "failed", "other_tender"}

// Gateway makes the series of a configured gateway begin at 0.
func (m *Metrics) Gateway(name string) {
	for _, o := range outcomes {
		m.sales.WithLabelValues(name, o)
	}
	m.paid.WithLabelValues(name)
}

// Call counts one call to a gateway. operation is the code's own word for it; an empty class is an answer.
func (m *Metrics) Call(gateway, operation, class string, took time.Duration) {
	if class == "" {
		class = "ok"
	}
	m.calls.WithLabelValues(gateway, strings.ReplaceAll(operation, " ", "_"), class).Observe(took.Seconds())
}

// Commit counts one commit to the sales file.
func (m *Metrics) Commit(took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.commits.WithLabelValues(result).Observe(took.Seconds())
}

// Handler answers a scrape, in Prometheus's text or OpenMetrics as asked.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
