package config

import (
	"log/slog"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/razorpay"
)

// Client makes the client of one configured account.
func (g Gateway) Client(s Secrets, demo bool, log *slog.Logger) (gateway.Gateway, error) {
	budget := gateway.NewBudget(gateway.BudgetOptions{Rate: float64(g.Rate), Burst: 2 * g.Rate})
	if g.Provider == "razorpay" {
		return razorpay.New(razorpay.Config{Name: g.Name, BaseURL: g.BaseURL, KeyID: s.KeyID, KeySecret: s.KeySecret,
			CaptureLate: g.CaptureLate, AllowTestKeys: demo, PosterHosts: g.PosterHosts, Log: log, Budget: budget})
	}
	base := g.BaseURL
	if base == "" {
		base = enkash.ProductionURL
		if g.Test {
			base = enkash.TestURL
		}
	}
	return enkash.New(enkash.Config{Name: g.Name, BaseURL: base, AccessKey: s.AccessKey, SecretKey: s.SecretKey, APIKey: s.APIKey,
		TokenPrefix: g.TokenPrefix, CancelOrders: g.CancelOrders, MandatePaths: g.MandatePaths, MandateUnit: g.MandateUnit, NotifyURL: g.NotifyURL, Test: g.Test,
		Log: log, Budget: budget})
}
