# Galla. On a fresh Debian 12 with Go and make: "make demo" and "make test" install what they need.

SHELL := /bin/sh
BIN := build/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
PROGRAMS := gallad galla galla-display galla-sim
export CGO_ENABLED := 0

# What the display needs to run (display.md §1.1); mesa-utils must not be there: ebiten would run glxinfo at every start.
APT_DISPLAY := libx11-6 libxrandr2 libxcursor1 libxi6 libxinerama1 libegl1 libgles2 libgl1-mesa-dri xvfb
APT_TEST := $(APT_DISPLAY) xauth x11-apps x11-xserver-utils xdotool imagemagick zbar-tools libharfbuzz-bin qrencode gcc libc6-dev \
	chromium fonts-noto-core cage xwayland grim espeak-ng util-linux

STATICCHECK := v0.8.2

.PHONY: build cross demo test lint race bench rig-fuzz rig-seeds clean
build:
	mkdir -p $(BIN)
	go build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)/ $(PROGRAMS:%=./cmd/%)

# Every program for every board we ship to.
cross:
	for a in amd64 arm64 arm; do \
		mkdir -p build/$$a && GOOS=linux GOARCH=$$a GOARM=7 go build -trimpath -ldflags "$(LDFLAGS)" -o build/$$a/ $(PROGRAMS:%=./cmd/%) || exit 1; \
	done
	ls -l build/amd64 build/arm64 build/arm

demo:
	packaging/setup/apt.sh $(APT_DISPLAY)
	$(MAKE) --no-print-directory build
	$(BIN)/galla demo --out demo

test: setup-test
	packaging/setup/gotest.sh all ./...
	packaging/setup/gotest.sh glass -tags gpu ./display/kiosk/... ./cmd/galla-display/...
	packaging/setup/gotest.sh browser -tags browser ./internal/counter/browser

.PHONY: setup-test
setup-test:
	packaging/setup/apt.sh $(APT_TEST)
	command -v npm >/dev/null || packaging/setup/apt.sh nodejs npm
	[ -d internal/counter/browser/node_modules/playwright-core ] || npm ci --no-audit --no-fund --prefix internal/counter/browser

# gofmt, vet, staticcheck, and that tidying and generating leave the tree as it is.
lint:
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "gofmt would change:" $$out; exit 1; }
	go vet ./...
	go vet -tags gpu ./display/kiosk/... ./cmd/galla-display/...
	mkdir -p build/tools
	GOBIN=$(CURDIR)/build/tools go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK)
	build/tools/staticcheck ./...
	go mod tidy -diff
	go mod verify

race: setup-test
	CGO_ENABLED=1 packaging/setup/gotest.sh race -race ./internal/... ./state/... ./gateway/... ./printer/... ./display/viewstream/...

# Speed and memory, rivals in the same run where there are any.
bench:
	go test -run '^$$' -bench . -benchmem ./internal/... ./state/... ./gateway/... ./printer/... ./display/

clean:
	rm -rf build demo
