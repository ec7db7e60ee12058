//go:build rig

package rig

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	states  = flag.Int("states", 100000, "how many crash states to open")
	commits = flag.Int("commits", 120, "how many commits the recorded writer does")
	workers = flag.Int("workers", 2, "how many processes open states")
	first   = flag.Uint64("seed", 1, "seed of the states")
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		var err error
		switch os.Args[1] {
		case "write":
			n, _ := strconv.Atoi(os.Args[3])
			err = write(os.Args[2], n)
		case "report":
			err = report(os.Args[2:])
		case "judge":
			err = judgeShard(os.Args[2:])
		case "scale":
			err = scale(os.Args[2], os.Args[3])
		case "resume":
			err = resume(os.Args[2])
		case "look":
			err = lookOnce(os.Args[2], os.Args[3])
		default:
			os.Exit(m.Run())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// record runs the writer under strace and returns where the trace and the writer's folder are.
func record(t *testing.T, n int) (trace, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "box")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	trace = filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command("strace", "-f", "-a", "1", "-xx", "-s", "10000000", "-e", "trace="+calls, "-e",
		"signal=none", "-o", trace,
		os.Args[0], "write", dir, strconv.Itoa(n))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace (apt install strace): %v\n%s", err, out)
	}
	return trace, dir
}

// TestCrash opens every state.
func TestCrash(t *testing.T) {
	trace, dir := record(t, *commits)
	begin := time.Now()
	sum := open(t, trace, dir, *states, 0)
	took := time.Since(begin)
	t.Logf(
		"seed %d: %d different states of %d events and %d flushes in %v (%.2f s per 1,000 states), %d not survived",
		*first,
		sum.done,
		sum.events,
		sum.syncs,
		took.Round(time.Millisecond),
		took.Seconds()*1000/float64(sum.done),
		len(sum.bad),
	)
	if sum.done < *states*9/10 {
		t.Errorf("%d states of %d were opened: record more -commits", sum.done, *states)
	}
	for i, b := range sum.bad {
		if i < 20 {
			t.Error(b)
		}
	}
}

// TestCrashMutant opens states of disks that forget one flush of a commit: if the rig sees nothing wrong with them, it
// sees nothing.
func TestCrashMutant(t *testing.T) {
	trace, dir := record(t, 40)
	const tried = 12
	caught := 0
	for lie := range tried {
		sum := open(t, trace, dir, 200, 20+3*lie) // a commit is two flushes, so that both are tried
		if len(sum.bad) > 0 {
			caught++
			t.Logf("without flush %d: %d of %d states not survived, such as: %s",
				20+3*lie, len(sum.bad), sum.done, sum.bad[0])
		} else {
			t.Logf("without flush %d: nothing wrong in %d states", 20+3*lie, sum.done)
		}
	}
	if caught < tried-3 { // a flush of the ballast or of a backup may be forgotten without harm
		t.Errorf("%d of %d forgotten flushes were caught", caught, tried)
	}
}

type summary struct {
	done, events, syncs int
	bad                 []string
}

// open shares the states among worker processes. A worker that dies of a state is started again behind it.
func open(t *testing.T, trace, dir string, n, lie int) summary {
	t.Helper()
	var mu sync.Mutex
	var sum summary
	var wg sync.WaitGroup
	for shard := range *workers {
		wg.Go(func() {
			for from := 0; ; {
				cmd := exec.Command(os.Args[0], "judge", trace, dir, fmt.Sprint(n), fmt.Sprint(lie), fmt.Sprint(shard),
					fmt.Sprint(*workers), fmt.Sprint(from), fmt.Sprint(*first))
				var died bytes.Buffer
				cmd.Stderr = &died
				out, err := cmd.StdoutPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err != nil {
					t.Error(err)
					return
				}
				at, ended := from, false
				for sc := bufio.NewScanner(out); sc.Scan(); {
					word, rest, _ := strings.Cut(sc.Text(), " ")
					mu.Lock()
					switch word {
					case "AT":
						at, _ = strconv.Atoi(rest)
						sum.done++
					case "BAD":
						sum.bad = append(sum.bad, rest)
					case "END":
						fmt.Sscan(rest, &sum.events, &sum.syncs)
						ended = true
					}
					mu.Unlock()
				}
				err = cmd.Wait()
				if ended {
					return
				}
				line, _, _ := strings.Cut(died.String(), "\n")
				mu.Lock()
				sum.bad = append(sum.bad, fmt.Sprintf("state %d killed its process: %v %s", at, err, line))
				mu.Unlock()
				if at == from {
					t.Error("a worker died before its first state")
					return
				}
				from = at
			}
		})
	}
	wg.Wait()
	return sum
}

// judgeShard is a worker: it replays the trace, and opens every state that is its own.
func judgeShard(a []string) error {
	trace, dir := a[0], a[1]
	var n, lie, shard, shards, from int
	var seed uint64
	if _, err := fmt.Sscan(strings.Join(a[2:], " "), &n, &lie, &shard, &shards, &from, &seed); err != nil {
		return err
	}
	f, err := os.Open(trace)
	if err != nil {
		return err
	}
	defer f.Close()
	events, err := parse(bufio.NewReaderSize(f, 1<<20), dir)
	if err != nil {
		return err
	}
	last := promise{}
	moments, flushes := 0, 0
	for _, e := range events {
		last.hear(e.text)
		if e.kind == "sync" || e.kind == "syncdir" {
			flushes++
		}
		if counts(e, flushes, lie) {
			moments++
		}
	}
	if last.acked == 0 {
		return fmt.Errorf("nothing in the trace is of %s", dir)
	}
	j, err := newJudge(int(last.acked) + 1)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	box, err := os.MkdirTemp(shm(), "state")
	if err != nil {
		return err
	}
	defer os.RemoveAll(box)
	d := newDisk()
	d.lie = lie
	var p promise
	states, made, moment, flush := 0, 0, 0, 0
	seen := map[uint64]bool{}
	for _, e := range events {
		d.apply(e)
		p.hear(e.text)
		if e.kind == "sync" || e.kind == "syncdir" {
			flush++
		}
		if !counts(e, flush, lie) {
			continue
		}
		moment++
		// Every worker makes every state, and opens those whose sum is its own: no state is opened twice. A moment that
		// has fewer states than its share leaves the rest to the next ones.
		for try := 0; states < n*moment/moments && try < 4*n/moments+8; try++ {
			w := wreck(try)
			if w > all {
				w = torn + wreck(try)%(wreckKinds-torn)
			}
			made++
			folder := d.cut(w, rand.New(rand.NewPCG(seed, uint64(made))))
			id := sum(folder)
			if seen[id] {
				continue
			}
			seen[id] = true
			states++
			if id%uint64(shards) != uint64(shard) || states <= from {
				continue
			}
			fmt.Fprintf(out, "AT %d\n", states)
			out.Flush()
			if err := spread(box, folder); err != nil {
				return err
			}
			if err := j.look(box, p, states%8 == 0); err != nil {
				fmt.Fprintf(out, "BAD state %d (wreck %d after %s of file %d, acked %d): %v\n",
					states, w, e.kind, e.file, p.acked, err)
			}
		}
	}
	fmt.Fprintf(out, "END %d %d\n", moments, flushes)
	return nil
}

// counts says whether the power is cut after an event: always on an honest disk, and between a forgotten flush and the
// next one on one that forgets.
func counts(e event, flush, lie int) bool {
	if lie == 0 {
		return e.kind != "say"
	}
	return flush == lie // what the writer says counts too: an acknowledgement is what may be broken
}

// sum is the same for two folders only if they hold the same.
func sum(folder map[string][]byte) uint64 {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(folder)) {
		fmt.Fprintf(h, "%s %d %x ", name, len(folder[name]), sha1.Sum(folder[name]))
	}
	return h.Sum64()
}

// spread writes a folder's files, and nothing else, into dir.
func spread(dir string, folder map[string][]byte) error {
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, o := range old {
		if _, stays := folder[o.Name()]; !stays {
			if err := os.Remove(filepath.Join(dir, o.Name())); err != nil {
				return err
			}
		}
	}
	for name, b := range folder {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// lookOnce judges a folder by what its writer said.
func lookOnce(dir, said string) error {
	raw, err := os.ReadFile(said)
	if err != nil {
		return err
	}
	p := promise{tell: true}
	for l := range strings.Lines(string(raw)) {
		p.hear(strings.TrimSpace(l))
	}
	j, err := newJudge(int(p.acked) + 1)
	if err != nil {
		return err
	}
	return j.look(dir, p, true)
}
