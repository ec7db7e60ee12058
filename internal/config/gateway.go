package config

import (
	"log/slog"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/razorpay"
)

// Client makes the client of one configured account. log and observe, which is told of every call, may be nil.
func (g Gateway) Client(s Secrets, demo bool, log *slog.Logger, observe gateway.Observer) (gateway.Gateway, error) {
	budget := gateway.NewBudget(gateway.BudgetOptions{Rate: float64(g.Rate), Burst: 2 * g.Rate})
	if g.Provider == "razorpay" {
		return razorpay.New(razorpay.Config{Name: g.Name, BaseURL: g.Address(), KeyID: s.KeyID, KeySecret: s.KeySecret,
			CaptureLate: g.CaptureLate, AllowTestKeys: demo, PosterHosts: g.PosterHosts,
			Log: log, Budget: budget, Observe: observe})
	}
	return enkash.New(enkash.Config{
		Name:         g.Name,
		BaseURL:      g.Address(),
		AccessKey:    s.AccessKey,
		SecretKey:    s.SecretKey,
		APIKey:       s.APIKey,
		TokenPrefix:  g.TokenPrefix,
		CancelOrders: g.CancelOrders,
		MandatePaths: g.MandatePaths,
		MandateUnit:  g.MandateUnit,
		NotifyURL:    g.NotifyURL,
		Test:         g.Test,
		Paths: enkash.Paths{
			OrderByReference: g.Paths.OrderByReference,
			SearchOrders:     g.Paths.SearchOrders,
			RefundStatus:     g.Paths.RefundStatus,
		},
		AllowTestKeys: demo,
		Log:           log,
		Budget:        budget,
		Observe:       observe,
	})
}

// Address is where the account's provider is reached: base_url, or what stands for none.
func (g Gateway) Address() string {
	switch {
	case g.BaseURL != "":
		return g.BaseURL
	case g.Provider == "razorpay":
		return razorpay.DefaultBaseURL
	case g.Test:
		return enkash.TestURL
	}
	return enkash.ProductionURL
}
