// Package pages is what a chain's people see of their office: plain files that a browser loads as they stand in page/,
// and the JSON calls below /v1/owner/ that they use. page/ has what the office has alone; the frame's look, its parts
// and the words that both have are the console's own files, served beside it.
//
//	GET  /v1/owner/me                          who is signed in, and the office's name
//	POST /v1/owner/session                     {name, password}: signs in, by a cookie
//	POST /v1/owner/session/end
//	GET  /v1/owner/needs?terminal&findings&items&limit    what has not ended, and sales that need a decision
//	GET  /v1/owner/today?behind&limit          the chain's day, and a page of shops
//	GET  /v1/owner/shops/{id}                  a shop's day by counters
//	GET  /v1/owner/terminals/{id}              a box: health, chains, days
//	GET  /v1/owner/refunds?from&to&terminal&behind&limit
//	GET  /v1/owner/cashiers?from&to            cancels held against the median
//	GET  /v1/owner/acts?behind&limit           exports, PINs and devices at the boxes
//	GET  /v1/owner/audit?behind&limit          what people did at the office
//	GET  /v1/owner/books?from&to&terminal&behind&limit    closed days
//	GET  /v1/owner/gst?from&to                 invoices by GSTIN
//	GET  /v1/owner/sales?q&terminal&behind&limit
//	GET  /v1/owner/files/{name}.csv?from&to    accountant: days, sales, refunds, z, gst
//	GET  /v1/owner/places?q                    owner: shops with their counters and boxes, and who waits
//	POST /v1/owner/shops                       owner: {name, gstin, state, opens, closes}
//	POST /v1/owner/counters                    owner: {shop, label}
//	POST /v1/owner/codes                       owner: {counter}
//	POST /v1/owner/terminals/{id}/confirm      owner: {replaces}
//	POST /v1/owner/terminals/{id}/revoke       owner
//	GET  /v1/owner/people                      owner
//	POST /v1/owner/people                      owner, with {your_password}: {name, role, password}
//	POST /v1/owner/people/password             owner, likewise: {name, password}
//	POST /v1/owner/people/remove               owner, likewise: {name}
//
// Amounts are paise. A list's next, where it has one, is the behind of the next page. An error is a problem document
// (RFC 9457) with a code and values, which the pages say in six languages.
//
// It promises:
//   - nobody who is not signed in reads a figure; a viewer takes no file away, and only an owner lets boxes and people
//     in;
//   - a request that writes comes from a page of this office, or has no cookie: its cookie is of this site only, its
//     origin is compared, its body is JSON;
//   - what changes who belongs to the office stands in the audit, and so does a file before its first byte leaves;
//   - a text is put into a page as text; nothing is loaded from anywhere else; a session's token is where no script
//     reads it.
package pages
