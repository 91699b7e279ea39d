# The whole of building, testing and showing nile. Needs Go; what else a target
# needs it installs by itself or says so.

export CGO_ENABLED = 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION ?=
OUT ?= build/nile

# -l: nothing is inlined, which is a tenth of the binary and costs nothing that can be measured (docs/explanation/size.md).
# -E: nile's own entry point, which reads what Go's runtime changes (internal/startstate).
# -funcalign: functions begin where the last one ends, not at multiples of 32 bytes.
# purego: cryptography without assembler, for the few probes that speak TLS.
BUILD_FLAGS = -trimpath -tags purego -gcflags=all=-l \
  -ldflags "-s -w -buildid= -funcalign=1 -E nile_start -X main.version=$(VERSION) -X main.commit=$(REVISION)"
PLAIN_FLAGS = -trimpath -ldflags "-s -w -buildid= -X main.version=$(VERSION)"
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 30s

# What make dist builds for, with spaces between; all where empty.
ARCHITECTURES ?=
DIR ?= build/programs

.PHONY: build programs dist run test race lint vulnerabilities seccomp fuzz conformance e2e soak bench docs clean

build: ## build/nile, static and stripped
	@mkdir -p $(dir $(OUT))
	go build $(BUILD_FLAGS) -o $(OUT) ./cmd/nile

programs: ## all programs of a release, into DIR
	@mkdir -p $(DIR)
	go build $(BUILD_FLAGS) -o $(DIR)/nile ./cmd/nile
	go build $(PLAIN_FLAGS) -o $(DIR) ./cmd/nile-pause ./cmd/nile-zk

dist: ## what is released, into build/dist: archives, images, SBOM, checksums
	go run ./dist -version "$(VERSION)" -revision "$(REVISION)" -architectures "$(ARCHITECTURES)" -out build/dist
	@cat build/dist/SHA256SUMS

run: build ## the life of a small pod, in a few seconds
	@go build -trimpath -o build/testprogram ./internal/testprogram
	PATH="$(CURDIR)/build:$$PATH" build/nile run testdata/pods/demo.yaml

test: ## every test that needs no container engine
	go test ./...

race: ## the same under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./...

lint: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l . | sed 's/^/not formatted (run gofmt -w): /'; exit 1; }
	go vet ./... && go vet -tags e2e ./e2e/... && go vet -tags conformance ./conformance
	go run $(STATICCHECK) ./...

vulnerabilities: ## known ones in what nile calls (needs https://vuln.go.dev)
	.ci/vulnerabilities

seccomp: ## the tests of the command line with nile under the seccomp profile that it is shipped with
	NILE_TEST_SECCOMP=../../deploy/seccomp/nile.json go test ./cmd/nile

fuzz: ## each fuzz target for FUZZTIME
	.ci/fuzz $(FUZZTIME)

conformance: ## the pods that a real kubelet was watched with, under nile (root; installs busybox-static)
	@command -v /bin/busybox >/dev/null || { apt-get update -q && apt-get install -y --no-install-recommends busybox-static; } >/dev/null
	go test -C conformance -count=1 -tags conformance

e2e: build ## the tests in real containers (root; installs Debian's packages, starts its own dockerd)
	e2e/run.sh

SOAK ?= 1h

soak: build ## a hundred containers that crash, hang, fork and talk at random, for SOAK
	go run ./e2e/soak -nile build/nile -for $(SOAK)

bench: build ## nile beside tini, dumb-init, s6, runit, supervisord and others, in less than ten minutes: docs/reference/benchmarks.md
	bench/setup.sh
	go run ./bench/page -nile build/nile

docs: ## write what docs/reference has from the program again
	go test ./cmd/nile -run Reference -update
	go test ./internal/postmortem -run Schema -update
	go test ./internal/metrics ./internal/presets ./internal/toolbox -update

clean:
	rm -rf build
