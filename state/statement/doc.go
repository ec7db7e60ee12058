// Package statement is what gateways recorded in a span of time, as reconciliation holds it against the sales. It is
// looked at and not kept: a sale's own record is state.Payment. Values only; nothing here changes a sale.
package statement
