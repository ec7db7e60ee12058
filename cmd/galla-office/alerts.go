package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"galla/internal/office/alerts"
	"galla/internal/office/config"
	"galla/internal/office/metrics"
	"galla/internal/office/pg"
	"galla/internal/webhook"
)

// tellers are the ways by which people are told, as the config says.
func tellers(
	c *config.Config,
	secrets string,
	store *pg.Store,
	counts *metrics.Metrics,
	log *slog.Logger,
) (all []alerts.Teller, err error) {
	add := func(name string, way alerts.Way) {
		all = append(all, alerts.Teller{
			Name:  name,
			Way:   way,
			Store: store.Alerts(),
			Log:   log,
			Told:  func(_ int, failure error) { counts.Told(name, failure) },
		})
	}
	if h := c.Alerts.Webhook; h.URL != "" {
		way, err := hookOf(h, secrets)
		if err != nil {
			return nil, fmt.Errorf("%w: alerts.webhook: %w", errConfig, err)
		}
		add("webhook", way)
	}
	if m := c.Alerts.SMTP; m.Server != "" {
		way, err := mailOf(m, c.Address, secrets)
		if err != nil {
			return nil, fmt.Errorf("%w: alerts.smtp: %w", errConfig, err)
		}
		add("mail", way)
	}
	return all, nil
}

func hookOf(h config.Webhook, secrets string) (*alerts.Hook, error) {
	secret, err := config.Secret("alert-secret", secrets)
	if err != nil {
		return nil, err
	}
	ca, err := authority(h.CA)
	if err != nil {
		return nil, err
	}
	return alerts.NewHook(webhook.Sending{
		URL:     h.URL,
		Trust:   webhook.Trust{CA: ca, Fingerprint: h.Fingerprint},
		Secrets: secret,
	})
}

func mailOf(m config.SMTP, address, secrets string) (*alerts.Mail, error) {
	var password []byte
	var err error
	if m.User != "" {
		if password, err = config.Secret("smtp-password", secrets); err != nil {
			return nil, err
		}
	}
	ca, err := authority(m.CA)
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(m.Server)
	return alerts.NewMail(alerts.Sending{
		Server:   m.Server,
		Implicit: port == "465",
		From:     m.From,
		To:       m.To,
		User:     m.User,
		Password: string(password),
		CA:       ca,
		Plain:    m.Plain,
		Address:  address,
	})
}

// authority reads a PEM file; nil for no path.
func authority(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return os.ReadFile(path)
}
