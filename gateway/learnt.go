package gateway

// Learner is an account whose client learns in use what its next process should know: whom the codes pay, which way of
// asking answers. None of it is evidence of money, or a secret.
type Learner interface {
	// Learnt is what is known now, as JSON; the same knowledge is the same bytes.
	Learnt() ([]byte, error)
	// Learn takes in what Learnt gave in an earlier process. It is called before the first call of the account; an
	// error says that nothing was taken in.
	Learn(learnt []byte) error
}
