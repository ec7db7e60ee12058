package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"galla/cmd/galla/letters"
	"galla/internal/counter/wire"
)

// mandateCommand is about standing permissions to debit a payer (UPI autopay).
type mandateCommand struct {
	Create  mandateCreateCommand  `cmd:"" help:"Ask a payer for a mandate; they approve it in their app."`
	Show    mandateShowCommand    `cmd:"" help:"Show a mandate as the gateway has it."`
	Update  mandateUpdateCommand  `cmd:"" help:"Ask the payer for another amount."`
	Revoke  mandateRevokeCommand  `cmd:"" help:"End a mandate."`
	Notify  mandateNotifyCommand  `cmd:"" help:"Tell the payer of a debit to come."`
	Execute mandateExecuteCommand `cmd:"" help:"Take a debit."`
}

func keepsMandates(a wire.Account) bool { return a.Mandates }

type mandateCreateCommand struct {
	Name            string `arg:"" help:"What it is for, such as \"Milk\"."`
	Amount          string `help:"Amount in rupees." required:"" placeholder:"RUPEES"`
	Rule            string `help:"max: up to the amount; exact: the amount." enum:"max,exact" default:"max"`
	PayerName       string `help:"The payer's name." required:"" placeholder:"NAME"`
	PayerVPA        string `name:"payer-vpa" help:"The payer's UPI address." required:"" placeholder:"VPA"`
	PayerAccount    string `help:"The payer's account number." required:"" placeholder:"NUMBER"`
	ValidateAccount bool   `help:"Have the gateway check the account."`
	CheckVPA        bool   `name:"check-vpa" help:"Ask the gateway first whether the UPI address exists."`
	Period          string `help:"How often, in the gateway's words." default:"MONTHLY"`
	DebitRule       string `help:"When within the period, in the gateway's words." default:"BEFORE"`
	DebitValue      int    `help:"The day that goes with the rule." default:"5"`
	Approve         string `name:"approve-by" help:"Until which day the payer may approve." required:"" placeholder:"DAY"`
	Start           string `help:"First day." required:"" placeholder:"DAY"`
	End             string `help:"Last day." required:"" placeholder:"DAY"`
	BlockFund       bool   `help:"Block the amount in the payer's account."`
	URL             string `name:"url" help:"A page the payer may look at." placeholder:"URL"`
	Description     string `help:"What the payer may see." placeholder:"TEXT"`
	Reference       string `help:"Your reference; left out, one is made." placeholder:"R"`
	JSON            bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandateCreateCommand) Run(s *session) error {
	b := wire.CreateMandate{Name: c.Name, Rule: c.Rule, Payer: wire.MandatePayer{Name: c.PayerName, VPA: c.PayerVPA, Account: c.PayerAccount, ValidateAccount: c.ValidateAccount, CheckVPA: c.CheckVPA},
		Period: c.Period, DebitRule: c.DebitRule, DebitValue: c.DebitValue, BlockFund: c.BlockFund, URL: c.URL, Description: c.Description, Reference: c.Reference}
	var err error
	if b.AmountPaise, err = rupees(c.Amount); err != nil {
		return err
	}
	if b.Expiry, err = endOfDay("--approve-by", c.Approve); err != nil {
		return err
	}
	if b.Start, err = dayOf("--start", c.Start); err != nil {
		return err
	}
	if b.End, err = endOfDay("--end", c.End); err != nil {
		return err
	}
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.CreateMandate(ctx, key, gw, b)
	})
}

type mandateShowCommand struct {
	ID   string `arg:"" help:"The gateway's id of it; with \"newer\" mandate paths, its reference."`
	JSON bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandateShowCommand) Run(s *session) error {
	gw, err := c.name(s, keepsMandates)
	if err != nil {
		return err
	}
	m, err := s.till.Mandate(s, gw, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(m)
	}
	fmt.Fprintf(s.out, "mandate %s: %s\n", m.ID, m.Status)
	t := s.columns()
	mandateRows(t, m)
	return t.Flush()
}

type mandateUpdateCommand struct {
	ID          string `arg:"" help:"The gateway's id of it."`
	Amount      string `help:"The new amount in rupees." required:"" placeholder:"RUPEES"`
	Description string `help:"What the payer may see." placeholder:"TEXT"`
	Reference   string `help:"Your reference of this change; left out, one is made." placeholder:"R"`
	JSON        bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandateUpdateCommand) Run(s *session) error {
	amount, err := rupees(c.Amount)
	if err != nil {
		return err
	}
	b := wire.UpdateMandate{AmountPaise: amount, Description: c.Description, Reference: c.Reference}
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.UpdateMandate(ctx, key, gw, c.ID, b)
	})
}

type mandateRevokeCommand struct {
	ID      string `arg:"" help:"The gateway's id of it."`
	Remarks string `help:"Why." required:"" placeholder:"TEXT"`
	JSON    bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandateRevokeCommand) Run(s *session) error {
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.RevokeMandate(ctx, key, gw, c.ID, wire.RevokeMandate{Remarks: c.Remarks})
	})
}

// debit is what notify and execute share: of one debit, they carry the same reference.
type debit struct {
	ID          string `arg:"" help:"The gateway's id of the mandate."`
	Amount      string `help:"Amount in rupees." required:"" placeholder:"RUPEES"`
	On          string `help:"The day of the debit." placeholder:"DAY"`
	Reference   string `help:"Your reference of the debit, the same for notify and execute; left out, one is made." placeholder:"R"`
	Description string `help:"What the payer may see." placeholder:"TEXT"`
	JSON        bool   `name:"json" help:"Print JSON."`
	where
}

func (c *debit) body() (b wire.DebitMandate, err error) {
	amount, err := rupees(c.Amount)
	if err != nil {
		return b, err
	}
	b = wire.DebitMandate{AmountPaise: amount, Reference: c.Reference, Description: c.Description}
	if c.On != "" {
		b.On, err = dayOf("--on", c.On)
		b.On = b.On.Add(12 * time.Hour) // noon in India is the same date in UTC, which is what goes out
	}
	return b, err
}

type mandateNotifyCommand struct{ debit }

// Run implements the command.
func (c *mandateNotifyCommand) Run(s *session) error {
	b, err := c.body()
	if err != nil {
		return err
	}
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.NotifyDebit(ctx, key, gw, c.ID, b)
	})
}

type mandateExecuteCommand struct {
	debit
	approval
}

// Run implements the command.
func (c *mandateExecuteCommand) Run(s *session) error {
	b, err := c.body()
	if err != nil {
		return err
	}
	gw, err := c.name(s, keepsMandates)
	if err != nil {
		return err
	}
	return c.allowed(s, func(a wire.Approval) error {
		b.Approval = a
		return where{gw}.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
			return s.till.ExecuteDebit(ctx, key, gw, c.ID, b)
		})
	})
}

func mandateRows(t *tabwriter.Writer, m wire.Mandate) {
	row(t, "mandate id", m.ID)
	row(t, "umn", m.UMN)
	row(t, "its reference", m.Reference)
	row(t, "name", m.Name)
	if m.AmountPaise > 0 {
		row(t, "amount", m.AmountPaise.String()+"  "+m.Rule)
	}
	row(t, "payer", m.PayerName)
	row(t, "payer's address", m.PayerVPA)
	row(t, "status", m.Status)
	row(t, "network's code", m.Code)
	row(t, "approve by", letters.ClockIST(m.Expiry))
	row(t, "from", letters.ClockIST(m.Start))
	row(t, "until", letters.ClockIST(m.End))
	row(t, "description", m.Description)
}
