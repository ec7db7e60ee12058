package main

import (
	"context"
	"fmt"
	"time"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// mandateCommand is about standing permissions to debit a payer (UPI autopay).
type mandateCommand struct {
	Create  mandateCreateCommand  `cmd:"" help:"Ask a payer for a mandate; they approve it in their app."`
	List    mandateListCommand    `cmd:"" help:"List the mandates that the box knows: state, next debit, last result."`
	Show    mandateShowCommand    `cmd:"" help:"Show a mandate as the gateway has it."`
	Update  mandateUpdateCommand  `cmd:"" help:"Ask the payer for another amount."`
	Revoke  mandateRevokeCommand  `cmd:"" help:"End a mandate."`
	Notify  mandateNotifyCommand  `cmd:"" help:"Tell the payer of a debit to come, 24 hours before it."`
	Execute mandateExecuteCommand `cmd:"" help:"Take the debit that the payer was told of, as a sale."`
	Plan    mandatePlanCommand    `cmd:"" help:"${mandate_plan}"`
}

func keepsMandates(a wire.Account) bool { return a.Mandates }

// mandate is the gateway of a mandate, by any id that it ever had.
func (w where) mandate(s *session, id string) (string, error) {
	known := func() (map[string]string, error) {
		all, err := s.till.Mandates(s)
		gateways := map[string]string{}
		for _, m := range all.Mandates {
			for _, name := range m.Names {
				gateways[name] = m.Gateway
			}
		}
		return gateways, err
	}
	return w.holder(s, keepsMandates, id, known, func(gw string) error {
		_, err := s.till.Mandate(s, gw, id)
		return err
	})
}

type mandateCreateCommand struct {
	Name            string `arg:"" help:"What it is for, such as \"Milk\"."`
	Amount          string `help:"Amount in rupees." required:"" placeholder:"RUPEES"`
	Rule            string `help:"max: up to the amount; exact: the amount." enum:"max,exact" default:"max"`
	PayerName       string `help:"The payer's name." required:"" placeholder:"NAME"`
	PayerVPA        string `name:"payer-vpa" help:"The payer's UPI address." required:"" placeholder:"VPA"`
	PayerAccount    string `help:"The payer's account number." required:"" placeholder:"NUMBER"`
	ValidateAccount bool   `help:"Have the gateway check the account."`
	CheckVPA        bool   `name:"check-vpa" help:"Ask the gateway first whether the UPI address exists."`
	Period          string `help:"${mandate_period}" default:"MONTHLY"`
	DebitRule       string `help:"When within the period: ON the day, BEFORE it or AFTER it." default:"BEFORE"`
	DebitValue      int    `help:"The day of the period that goes with the rule." default:"5"`
	Approve         string `name:"approve-by" help:"${mandate_approve}" required:"" placeholder:"DAY"`
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
	b := wire.CreateMandate{Name: c.Name, Rule: c.Rule, Payer: wire.MandatePayer{Name: c.PayerName, VPA: c.PayerVPA,
		Account: c.PayerAccount, ValidateAccount: c.ValidateAccount, CheckVPA: c.CheckVPA},
		Period: c.Period, DebitRule: c.DebitRule, DebitValue: c.DebitValue, BlockFund: c.BlockFund, URL: c.URL,
		Description: c.Description, Reference: c.Reference}
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

type mandateListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *mandateListCommand) Run(s *session) error {
	page, err := s.till.Mandates(s)
	if err != nil {
		return err
	}
	const none = "no mandate was asked for or looked at on this box"
	if err := table(s, c.JSON, page.Mandates, none, textview.MandateHead, textview.MandateLine); err != nil {
		return err
	}
	if c.JSON {
		return table(s, true, page.Unsure, "", "", nil)
	}
	textview.Trouble(s.out, page)
	return nil
}

type mandatePlanCommand struct {
	ID     string `arg:"" help:"Any id of the mandate."`
	Amount string `help:"Of each debit, in rupees; left out, an exact mandate's own." placeholder:"RUPEES"`
	Auto   bool   `help:"Take due debits without a person."`
	JSON   bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandatePlanCommand) Run(s *session) error {
	b := wire.PlanMandate{Auto: c.Auto}
	if c.Amount != "" {
		var err error
		if b.AmountPaise, err = rupees(c.Amount); err != nil {
			return err
		}
	}
	gw, err := c.mandate(s, c.ID)
	if err != nil {
		return err
	}
	c.Gateway = gw
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.PlanMandate(ctx, key, gw, c.ID, b)
	})
}

type mandateShowCommand struct {
	ID   string `arg:"" help:"Any id that it ever had: the gateway's, a reference, the network's number."`
	JSON bool   `name:"json" help:"Print JSON."`
	where
}

// Run implements the command.
func (c *mandateShowCommand) Run(s *session) error {
	gw, err := c.mandate(s, c.ID)
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
	textview.MandateRows(t, m)
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
	gw, err := c.mandate(s, c.ID)
	if err != nil {
		return err
	}
	c.Gateway = gw
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
	gw, err := c.mandate(s, c.ID)
	if err != nil {
		return err
	}
	c.Gateway = gw
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.RevokeMandate(ctx, key, gw, c.ID, wire.RevokeMandate{Remarks: c.Remarks})
	})
}

type mandateNotifyCommand struct {
	ID          string `arg:"" help:"Any id of the mandate."`
	Amount      string `help:"Amount in rupees." required:"" placeholder:"RUPEES"`
	On          string `help:"The day of the debit; left out, the mandate's next." placeholder:"DAY"`
	Reference   string `help:"Your reference of the debit; left out, one is made." placeholder:"R"`
	Description string `help:"What the payer may see." placeholder:"TEXT"`
	JSON        bool   `name:"json" help:"Print JSON."`
	where
}

func (c *mandateNotifyCommand) body() (b wire.DebitMandate, err error) {
	b = wire.DebitMandate{Reference: c.Reference, Description: c.Description}
	if b.AmountPaise, err = rupees(c.Amount); err != nil || c.On == "" {
		return b, err
	}
	b.On, err = dayOf("--on", c.On)
	b.On = b.On.Add(12 * time.Hour) // noon in India is the same date in UTC, which is what goes out
	return b, err
}

// Run implements the command.
func (c *mandateNotifyCommand) Run(s *session) error {
	b, err := c.body()
	if err != nil {
		return err
	}
	gw, err := c.mandate(s, c.ID)
	if err != nil {
		return err
	}
	c.Gateway = gw
	return c.operate(s, keepsMandates, c.JSON, func(ctx context.Context, key, gw string) (wire.Operation, error) {
		return s.till.NotifyDebit(ctx, key, gw, c.ID, b)
	})
}

type mandateExecuteCommand struct {
	ID          string `arg:"" help:"Any id of the mandate."`
	Amount      string `help:"Amount in rupees; left out, the notice's." placeholder:"RUPEES"`
	Reference   string `help:"The reference of the notice; left out, today's." placeholder:"R"`
	Description string `help:"What the payer may see." placeholder:"TEXT"`
	JSON        bool   `name:"json" help:"Print the debit's sale as JSON."`
	where
	approval
}

// Run implements the command.
func (c *mandateExecuteCommand) Run(s *session) error {
	b := wire.DebitMandate{Reference: c.Reference, Description: c.Description}
	if c.Amount != "" {
		var err error
		if b.AmountPaise, err = rupees(c.Amount); err != nil {
			return err
		}
	}
	gw, err := c.mandate(s, c.ID)
	if err != nil {
		return err
	}
	if s.person {
		fmt.Fprintln(s.err, "galla: no gateway lists a mandate's debits: one of this period by another box, or by the "+
			"gateway's dashboard, is not known here.")
	}
	return c.allowed(s, func(a wire.Approval) error {
		b.Approval = a
		ctx, cancel := context.WithTimeout(s, 2*resendFor)
		defer cancel()
		sale, err := s.till.ExecuteDebit(ctx, client.Key(), gw, c.ID, b)
		if err != nil {
			return err
		}
		if err := show(s, c.JSON, sale, s.printSale); err != nil {
			return err
		}
		switch {
		case sale.Phase == state.PhasePaid:
			return nil
		case sale.Phase == state.PhaseClosed:
			return outcome(exitNotPaid)
		}
		return outcome(exitUnknown)
	})
}
