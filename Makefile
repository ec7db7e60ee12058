# Galla. On a fresh Debian 12 with Go and make: "make demo" and "make test" install what they need.

SHELL := /bin/sh
BIN := build/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
PROGRAMS := gallad galla galla-display galla-sim galla-office
export CGO_ENABLED := 0

# What the display needs to run (display.md §1.1); mesa-utils must not be there: ebiten would run glxinfo at every start.
APT_DISPLAY := libx11-6 libxrandr2 libxcursor1 libxi6 libxinerama1 libegl1 libgles2 libgl1-mesa-dri xvfb
APT_TEST := $(APT_DISPLAY) openssl python3-aiosmtpd zsh fish xauth x11-apps x11-xserver-utils xdotool imagemagick zbar-tools libharfbuzz-bin qrencode gcc libc6-dev \
	chromium firefox-esr webkit2gtk-driver libnss3-tools fonts-noto-core python3-zxing-cpp cage xwayland grim espeak-ng util-linux fdisk libxfixes3 python3 xserver-xorg-core xserver-xorg-video-dummy systemd wpasupplicant postgresql

STATICCHECK := v0.8.2

.PHONY: build cross demo test lint race bench clean
build:
	mkdir -p $(BIN)
	go build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)/ $(PROGRAMS:%=./cmd/%)

# Every program for every board we ship to. Go names armel's loader in a program that links ebiten; Debian's armhf has another.
cross:
	for a in amd64 arm64 arm; do \
		mkdir -p build/$$a && GOOS=linux GOARCH=$$a GOARM=7 go build -trimpath -ldflags "$(LDFLAGS)" -o build/$$a/ $(PROGRAMS:%=./cmd/%) || exit 1; \
	done
	GOOS=linux GOARCH=arm GOARM=7 go build -trimpath -ldflags "$(LDFLAGS) -I /lib/ld-linux-armhf.so.3" -o build/arm/ ./cmd/galla-display
	ls -l build/amd64 build/arm64 build/arm

# The Debian packages, into build/deb. ARCHES=amd64 for one machine only; VERSION_DEB overrules the changelog's version.
ARCHES := amd64,arm64,armhf
.PHONY: deb test-deb rig-deb
deb:
	rm -f build/deb/*.deb
	go run -C packaging/deb . -root $(CURDIR) -to $(CURDIR)/build/deb -arch $(ARCHES) -version "$(VERSION_DEB)"

# The demo without Go: static programs in a tarball for each machine, into build/demo; packaging/demo/README.md
.PHONY: demo-tarball rig-demo
demo-tarball:
	rm -f build/demo/*.tar.gz
	go run -C packaging/deb . -root $(CURDIR) -to $(CURDIR)/build/demo -arch $(ARCHES) -demo

rig-demo: # that of this machine, where nothing else is, and as a container by buildah; a sale in each; needs root
	packaging/setup/apt.sh buildah iproute2 binutils
	go test -tags rig -count=1 -v -timeout 15m ./packaging/demo

test-deb: # contents, licences, lintian, manuals, completions; built twice, the same bytes
	packaging/setup/apt.sh lintian shellcheck groff-base zsh fish xz-utils udev util-linux
	cd packaging/deb && go vet . && go test -count=1 -timeout 40m . -machines $(ARCHES)

.PHONY: rig-arm64 rig-armhf
rig-arm64 rig-armhf: # the demonstration's sales by the programs of a Pi, under qemu-user; needs root
	packaging/arm/run.sh $(@:rig-%=%)

rig-deb: # install, upgrade with a sale on the screen, downgrade, remove, return, purge under systemd-nspawn; a release on Debian 13; needs root
	packaging/setup/apt.sh mmdebstrap systemd-container $(APT_RELEASE)
	cd packaging/deb/rig && go test -tags rig -count=1 -v -timeout 40m -skip 'OfACard|TestOffice' .

.PHONY: rig-office-deb
rig-office-deb: # a head office by the words of packaging/docs/office.md, curl and nginx before it, on Debian 12; OFFICE=trixie: 13; needs root
	packaging/setup/apt.sh mmdebstrap systemd-container
	cd packaging/deb/rig && go test -tags rig -count=1 -v -timeout 40m -run TestOffice . -office.on $(or $(OFFICE),bookworm)

# A release: a folder that any static server serves, with a signed apt repository, the card if there is one, sums; packaging/release/README.md
# make release SIGN=FINGERPRINT TRUST=FOLDER URL=https://… KEYS=FOLDER, or TRIAL=yes for one to look at
APT_RELEASE := apt-utils gnupg gpgv dpkg-dev zstd rauc squashfs-tools e2fsprogs fdisk openssl
.PHONY: release rig-release rig-boards
release:
	packaging/setup/apt.sh $(APT_RELEASE)
	$(MAKE) --no-print-directory deb demo-tarball
	CA="$(if $(KEYS),$(KEYS)/ca.pem,build/image/keys/ca.pem)" packaging/release/build.sh build/release$(if $(filter yes,$(TRIAL)),-trial)

rig-release: # installed and upgraded from on Debian 12 and 13, over a change of keys; cards and their keys, by the real rauc; needs root
	packaging/setup/apt.sh mmdebstrap systemd-container $(APT_RELEASE)
	cd packaging/deb/rig && go test -tags rig -count=1 -v -timeout 20m -run Release . -release.on bookworm,trixie
	go test -tags rig -count=1 -v -timeout 10m -run 'TestKeys|TestTwoAuthorities|TestContents|TestLock' ./packaging/image

rig-boards: # what the card holds for each board, in Debian's own packages, against packaging/image/boards; downloads 110 MB once
	packaging/setup/apt.sh kmod xz-utils
	mkdir -p build/boards
	go test -tags rig -count=1 -v -timeout 20m -run TestBoards ./packaging/image

demo:
	packaging/setup/apt.sh $(APT_DISPLAY)
	$(MAKE) --no-print-directory build
	$(BIN)/galla demo --out demo

.PHONY: demo-office
demo-office:
	packaging/setup/apt.sh postgresql chromium fonts-noto-core
	$(MAKE) --no-print-directory build
	$(BIN)/galla-office demo

# The packages that money passes through, for use after every change: under half a minute on two cores, and nothing is installed.
# What it leaves to "make test": windows, browsers, whole boxes, the simulator's own tests, the counter's; and of what money passes through
# internal/standing and internal/mandate, whose tests take more than a second of a processor. And by -short the number of cases
# of what is random or a long row: TestAccount 10,000 of 100,000 events, and the same tenth of TestWalk, TestSpoiltEvents, TestRules1Frozen and
# TestUpgradeOfRandomSales; TestTrafficFits half; TestDaysAddUp 60 of 300 shops; TestCrowd and TestCrowdEnds fewer sales; TestMigrateFails,
# TestFailedCommits, TestSalvage and TestBitFlips fewer places where something fails. No test is left out of the packages that it names.
# The tests that wait for real lines run side by side (-parallel); vet has looked already (-vet=off). A package that is renamed fails here.
QUICK := ./internal/money ./internal/day ./internal/typed ./state ./state/answer ./state/journal ./state/chain ./state/watch \
	./state/statetest ./state/boltstore ./state/boltstore/salesfile ./state/boltstore/salvage ./gateway ./gateway/enkash \
	./gateway/enkash/wire ./gateway/razorpay ./internal/upiqr ./internal/till ./internal/till/health ./internal/till/pace \
	./internal/till/terms ./internal/till/view ./internal/operations ./internal/people ./internal/books ./internal/history
.PHONY: quick
quick:
	go vet ./...
	packaging/setup/gotest.sh quick -short -vet=off -p 3 -parallel 8 $(QUICK)
	@echo "quick: random cases and long rows in small number; \"make test\" runs them all"

test: setup-test
	packaging/setup/gotest.sh all -timeout 20m ./...
	packaging/setup/gotest.sh real-till -tags realtill -run TestRealTill ./internal/counter
	packaging/setup/gotest.sh screen -p 1 -tags gpu ./display/kiosk/... ./cmd/galla-display/...
	packaging/setup/gotest.sh counter-screen -tags gpu -run 'ByTheScreen|OnTheScreen' ./internal/rig
	packaging/setup/gotest.sh browser -timeout 30m -tags browser ./internal/counter/browser
	packaging/setup/gotest.sh browser-office -timeout 10m -tags browser ./internal/office/web/pages/browser
	packaging/setup/gotest.sh browser-box -timeout 10m -tags browser -run InTheBrowser ./internal/rig

# Every state of the console and of the first-run page, every customer's screen in each size, pair of languages and theme, every slip, into
# build/pictures with an index.html; to be looked at. Ten minutes. The README's twelve of them: make pictures-readme.
.PHONY: pictures pictures-console pictures-screens pictures-slips pictures-readme
pictures: pictures-console pictures-screens pictures-slips
	packaging/setup/pictures.sh build/pictures
pictures-console: setup-test
	rm -rf build/pictures/console
	GALLA_PICTURES=$(CURDIR)/build/pictures/console go test -count=1 -timeout 30m -tags browser -run 'TestHand|TestSetupPage' ./internal/counter/browser
pictures-screens:
	rm -rf build/pictures/screens build/pictures/screens-dark
	go run ./cmd/galla-display --storybook build/pictures/screens
	go run ./cmd/galla-display --storybook build/pictures/screens-dark --ground '#10231b' --ink '#ffffff' --accent '#f2c14e'
pictures-slips: # what the tests of printer and gallad hold equal to what is printed, dot by dot
	rm -rf build/pictures/slips
	mkdir -p build/pictures/slips/printer build/pictures/slips/gallad
	cp printer/testdata/*.png build/pictures/slips/printer/
	cp cmd/gallad/testdata/*.png build/pictures/slips/gallad/
pictures-readme:
	packaging/setup/readme-pictures.sh

.PHONY: setup-test
setup-test:
	packaging/setup/apt.sh $(APT_TEST)
	command -v npm >/dev/null || packaging/setup/apt.sh nodejs npm
	[ internal/counter/browser/node_modules/.package-lock.json -nt internal/counter/browser/package-lock.json ] || npm ci --no-audit --no-fund --prefix internal/counter/browser

# gofmt, vet, staticcheck, and that tidying and generating leave the tree as it is.
lint:
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "gofmt would change:" $$out; exit 1; }
	go vet ./...
	go vet -tags 'gpu rig browser realtill clients' ./...
	for m in packaging/deb state/boltstore/rig/cut state/boltstore/rig/rivals; do (cd $$m && go vet ./...) || exit 1; done
	mkdir -p build/tools
	GOBIN=$(CURDIR)/build/tools go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)
	build/tools/staticcheck ./...
	go mod tidy -diff
	go mod verify

# Not internal/rig: what it drives are programs, which are built without the detector.
RACE = $(filter-out galla/internal/rig,$(shell go list ./internal/... ./state/... ./gateway/... ./printer/... ./display/viewstream/...))
race: setup-test # with fewer of the random cases, and without long rows that one goroutine walks: what it decides alone has no races
	CGO_ENABLED=1 packaging/setup/gotest.sh race -race -short -timeout 30m \
		-skip '^(TestMutants|TestBites|TestPlans|TestBitFlips|TestMigrateFails|TestSecondReader|TestPictures|TestCard|TestGolden)$$' $(RACE)

# Speed and memory, rivals in the same run where there are any.
BEFORE := 4d0dbed
bench: setup-test
	go test -count=1 -tags gpu -run TestSaleToFrame -v ./internal/rig | grep -v level=
	go test -count=1 -run TestTwentyConsoles -v ./internal/rig | grep -v level=
	go test -count=1 -tags browser -run '^$$' -bench Console -benchtime 1x ./internal/counter/browser | grep -v level=
	go test -count=1 -tags browser -run TestKeyToPaper -v ./internal/counter/browser -paper.sales 20 -paper.phone 8s -paper.ours 1s | grep -v level=
	go test -count=1 -run 'TestCrowdEnds|TestGateway_10' -v ./internal/till -till.crowd 200 | grep -v level=
	packaging/setup/beside.sh $(BEFORE) ./internal/till opensales_test.go TestOpenSales -till.open 1 10 50 200
	go test -run '^$$' -bench . -benchmem ./internal/... ./state/... ./gateway/... ./printer/... ./display/
	go test -count=1 -tags rig -run TestBesideTheRival -v ./gateway/gatewaytest
	cd state/boltstore/rig/rivals && go test -run xxx -bench Commit -benchtime 300x . && go test -run xxx -bench Start -benchtime 5x .

PAIRS := 10
.PHONY: bench-office
bench-office: # a sale's p99 with a head office that is absent, slow or hostile, beside none: PAIRS interleaved pairs of 500 sales; on a quiet machine
	go test -count=1 -tags rig -v ./internal/rig -run TestBesideTheOffice -timeout 60m -office.pairs $(PAIRS) | grep -v level=

bench-display: setup-test build # the customer's screen beside Chromium and pygame, on the same X server
	packaging/setup/apt.sh python3-pygame
	go run ./display/kiosk/bench -display $(BIN)/galla-display $(if $(OLD),-old $(OLD))

# The heavy proofs. Each prints what it ran and found; CI runs "make rig-ci".
SEEDS := 1000
FUZZ := 60
FIRST := 1
KILLS := 500
.PHONY: bench-display rig-sim rig-kill rig-crash rig-migrate rig-scale rig-32 rig-wear rig-fault rig-cut rig-seeds rig-fuzz rig-display rig-tty rig-lines rig-account rig-mutants metrics-check rig-abuse rig-clients rig-ci
rig-sim: # the whole box under a seed; SEEDS=100000 for a release
	go test -count=1 -timeout 24h -run TestSimulation -v ./internal/rig/sim -sim.first $(FIRST) -sim.seeds $(SEEDS)
rig-account: # ten million random events against the bank's own book
	go test -count=1 -timeout 24h -run 'TestAccount$$' -v ./state -account.events 10000000
rig-mutants: # each check of the account is bitten once
	go test -count=1 -run TestEachCheckBites -v ./state
rig-kill: # kill -9 of the real gallad at random moments of continuous trade
	go test -count=1 -timeout 1h -run TestKillLoop -v ./internal/rig -kills $(KILLS)
rig-crash: # every legal torn or reordered state of the sales file
	packaging/setup/apt.sh strace
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestCrash -timeout 60m -commits 240 -states 100000
rig-migrate: # 300,000 sales of schema 2 in gallad's memory, and killed at random moments; 6 GB in $TMPDIR
	go test -tags rig -count=1 -v ./state/boltstore -run TestMigrateLarge -timeout 60m
rig-scale: # time and memory of each operation, of the store and of the whole gallad, at 10 k, 100 k and 1 M sales in gallad's 256 MB; 20 GB in $TMPDIR
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestScale -timeout 120m
	go test -tags rig -count=1 -v ./internal/rig -run 'TestScale$$' -timeout 180m
rig-32: # a sales file near what 32 bits can address, on a 386 build
	GOARCH=386 go test -count=1 -v ./state/boltstore -run TestBooks_11
rig-wear: # bytes and pages of a commit and of a sale, beside bare bbolt
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestWear -timeout 30m
rig-fault: # the Nth failing call, for every N
	packaging/setup/apt.sh strace
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestFault
.PHONY: rig-office
rig-office: # what a box writes beside its head office, and without one
	packaging/setup/apt.sh strace
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestOffice -timeout 10m
rig-cut: # power cuts on a real ext4; needs root, FUSE and loop devices
	packaging/setup/apt.sh e2fsprogs util-linux
	cd state/boltstore/rig/cut && go test -count=1 -v . -cuts 200 -budget 300s
rig-seeds: # both clients against the misbehaving simulator, a thousand seeds, race detector on
	CGO_ENABLED=1 go test -race -tags rig -count=1 -run TestThousandSeeds -timeout 60m -v ./gateway/gatewaytest
LINES := 30
rig-lines: # lines that die in each way and names that are lost, HTTP/1 and 2, both gateways; fail-over; Razorpay's own client against the simulator
	command -v npm >/dev/null || packaging/setup/apt.sh nodejs npm
	go test -tags rig -count=1 -v -run NamesOver ./gateway
	go test -tags rig -count=1 -v -timeout 20m -run 'DeadLines|OfficialClient' ./gateway/gatewaytest -lines.n $(LINES)
	go test -tags rig -count=1 -v -timeout 20m -run FailOverTable ./internal/till -lines.n $(LINES)
rig-fuzz: # every fuzz target for a minute; FUZZ=3 for a quick look at all of them
	packaging/setup/fuzz.sh $(FUZZ)
rig-display: setup-test # every picture of the storybook; how well the pay screen is read when it is damaged; 1,000 pairs, 10,000 sales; the table of monitors
	go test -tags rig -count=1 -timeout 60m -run 'Golden|Fits' ./display
	go test -tags rig -count=1 -timeout 60m -run Scan -v ./display
	go test -tags 'gpu rig' -count=1 -timeout 60m -v -run Thousand ./display/kiosk
	go test -tags 'gpu rig' -count=1 -timeout 60m -v -run 'TestScreen_2|TestMonitorsInARow' ./cmd/galla-display
.PHONY: rig-debian13
rig-debian13: # the session's tests with Debian 13's cage, Xwayland and Xorg; needs root
	display/kiosk/kiosktest/debian13.sh
rig-tty: # the printer on the kernel's real tty and USB printer drivers, in a virtual machine; a minute
	packaging/setup/apt.sh qemu-system-x86 busybox-static cpio kmod
	sh printer/rig/run.sh
CUTS := 50
.PHONY: rig-vm rig-vm-ci
rig-vm: # the appliance in a virtual machine: packages, kiosk, upgrade, power cuts; packaging/vm/README.md
	packaging/vm/run.sh -cuts $(CUTS)
rig-vm-ci: # where no guest runs on KVM, one test of it: installed, started, sold, and a monitor plugged in late
	packaging/vm/run.sh -bounded -cuts 3
.PHONY: image rig-image
rig-image: # the card that "make image" made, in an emulated arm64 machine: boot, sale, power cuts, growth, copies, update, rollback, Wi-Fi
	packaging/setup/apt.sh qemu-system-arm mtools e2fsprogs zbar-tools
	mkdir -p build/vm
	go test -tags rig -count=1 -timeout 4h -v -run TestImage ./packaging/vm -image $(CURDIR)/build/image/galla.img -rauc $(CURDIR)/build/image/galla.raucb
image: # a card for a Pi-class board, and the signed update: KEYS=FOLDER or DEMO=yes; packaging/image/README.md. Twenty minutes, most of it once
	packaging/setup/apt.sh mmdebstrap arch-test qemu-user-static binfmt-support dosfstools e2fsprogs mtools fdisk rauc squashfs-tools openssl util-linux
	rm -rf build/image/debs
	go run -C packaging/deb . -root $(CURDIR) -to $(CURDIR)/build/image/debs -arch arm64
	packaging/image/build.sh build/image/debs/galla_*_arm64.deb build/image/debs/galla-display_*_arm64.deb
metrics-check: # the example alerts, read by Debian's promtool
	packaging/setup/apt.sh prometheus
	promtool check rules packaging/metrics/alerts.yml packaging/metrics/office-alerts.yml
	promtool test rules packaging/metrics/alerts_test.yml packaging/metrics/office-alerts_test.yml
ABUSE := 1m
rig-abuse: # one caller takes what it can get, beside a cashier, on two cores; and the console behind a real nginx. ABUSES=TestAbuseIsSeen: without the limits
	packaging/setup/apt.sh util-linux nginx-light
	mkdir -p build
	go test -count=1 -tags rig -v ./internal/rig -run '$(or $(ABUSES),TestAbuse$$|TestIntegrator_5_Nginx)' -timeout 40m -abuse.span $(ABUSE) >build/abuse.log 2>&1; \
		said=$$?; grep -v level= build/abuse.log; exit $$said
rig-clients: # the API's document before linters, generators and Prism; the guide's programs, against a running box
	packaging/setup/apt.sh php-cli jq openssl busybox curl python3
	[ -d internal/rig/clients/node_modules/typescript ] || npm ci --no-audit --no-fund --prefix internal/rig/clients
	mkdir -p build
	go test -count=1 -tags clients -v ./internal/rig -run 'TestIntegrator_(7|First)' -timeout 15m >build/clients.log 2>&1; \
		said=$$?; grep -v level= build/clients.log; exit $$said
CHAINS := 200
.PHONY: rig-chain rig-chain-large rig-chain-ci
rig-chain: # real gallads and boxes in memory, three galla-office, one PostgreSQL and its replica; each fault once in three seeds; needs root
	packaging/setup/apt.sh postgresql iproute2 util-linux
	go test -tags rig -count=1 -v -timeout 24h -run 'TestChains|Bite' ./internal/rig/fleet -first $(FIRST) -seeds $(SEEDS) -chains $(CHAINS)
rig-chain-large: # the same with 10,000 boxes in memory
	packaging/setup/apt.sh postgresql iproute2 util-linux
	go test -tags rig -count=1 -v -timeout 24h -run TestChains ./internal/rig/fleet -first $(FIRST) -seeds 3 -chains 10000 -events 60 -trade 120s
rig-chain-ci:
	packaging/setup/apt.sh postgresql iproute2 util-linux
	go test -tags rig -count=1 -v -timeout 15m -run 'TestChains|Bite' ./internal/rig/fleet -seeds 3 -chains 50
rig-ci:
	packaging/setup/apt.sh strace e2fsprogs util-linux
	go test -count=1 -run TestSimulation -v ./internal/rig/sim -sim.first 201 -sim.seeds 300
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestCrash -timeout 20m -commits 120 -states 2500
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestFault -timeout 20m -fault-commits 6
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestOffice -timeout 10m
	cd state/boltstore/rig/cut && go test -count=1 -v . -cuts 20 -budget 30s
	go test -tags rig -count=1 -v ./state/boltstore/rig -run TestScale -timeout 20m -sizes 20000
	go test -tags rig -count=1 -v ./internal/rig -run 'TestScale$$' -timeout 20m -sizes 20000
	GOARCH=386 go test -count=1 -v ./state/boltstore -run TestBooks_11
	$(MAKE) --no-print-directory rig-abuse ABUSE=8s
	$(MAKE) --no-print-directory rig-lines LINES=6
	$(MAKE) --no-print-directory rig-tty
	$(MAKE) --no-print-directory rig-demo

clean:
	rm -rf build demo
