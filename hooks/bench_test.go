package hooks

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// serverEnvironment makes this test binary a server that stands outside of the
// process which is measured.
const serverEnvironment = "NILE_HOOKS_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnvironment) != "" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// ports are where the server in another process listens.
type ports struct {
	HTTP, HTTPS, GRPC int
	Many              []int // the same over HTTP, as often as a big pod has containers
}

// serve says its ports on stdout and serves until its stdin is closed.
func serve() {
	hello := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	plain, secured := httptest.NewServer(hello), httptest.NewTLSServer(hello)
	health := newHealthServer(map[string]servingStatus{"": serving})
	where := ports{HTTP: portOfURL(plain.URL), HTTPS: portOfURL(secured.URL), GRPC: portOfURL(health.URL)}
	for range 500 {
		where.Many = append(where.Many, portOfURL(httptest.NewServer(hello).URL))
	}
	_ = json.NewEncoder(os.Stdout).Encode(where)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func startServer(b *testing.B) ports {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), serverEnvironment+"=1")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		input.Close()
		_ = command.Wait()
	})
	var where ports
	if err := json.NewDecoder(output).Decode(&where); err != nil {
		b.Fatal(err)
	}
	return where
}

// benchmark reports the processor time of this process alone, kernel and garbage
// collector included: what a probe costs nile.
func benchmark(b *testing.B, probe func(context.Context) Outcome) {
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		outcome := probe(ctx)
		cancel()
		if outcome.Result != Success {
			b.Fatal(outcome)
		}
	}
	spent := processorTime(b) - before
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/op")
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func benchmarkHandler(b *testing.B, h *Handler) {
	benchmark(b, func(ctx context.Context) Outcome { return Probe(ctx, h) })
}

func BenchmarkProbeHTTP(b *testing.B) {
	benchmarkHandler(b, &Handler{HTTPGet: &HTTPGet{Port: startServer(b).HTTP, Path: "/healthz"}})
}

func BenchmarkProbeHTTPS(b *testing.B) {
	benchmarkHandler(b, &Handler{HTTPGet: &HTTPGet{Scheme: "HTTPS", Port: startServer(b).HTTPS, Path: "/healthz"}})
}

func BenchmarkProbeTCP(b *testing.B) {
	benchmarkHandler(b, &Handler{TCPSocket: &TCPSocket{Port: startServer(b).HTTP}})
}

func BenchmarkProbeGRPC(b *testing.B) {
	benchmarkHandler(b, &Handler{GRPC: &GRPC{Port: startServer(b).GRPC}})
}

// BenchmarkThousandProbes is one second in the life of a big pod: 1,000 HTTP
// probes of 500 servers, spread over the second, one by one or a few at a time. It
// reports the share of one processor that they take. What it shows: to wake up is
// as dear as to probe, so probes that are due at about the same time are better
// begun at the same time.
func BenchmarkThousandProbes(b *testing.B) {
	many := startServer(b).Many
	for _, atOnce := range []int{1, 10, 20} {
		b.Run(fmt.Sprintf("%d-every-%dms", atOnce, atOnce), func(b *testing.B) {
			before, begun := processorTime(b), time.Now()
			for b.Loop() {
				probeThousand(b, many, atOnce)
			}
			b.ReportMetric(100*(processorTime(b)-before).Seconds()/time.Since(begun).Seconds(), "core-%")
		})
	}
}

func probeThousand(b *testing.B, many []int, atOnce int) {
	var running sync.WaitGroup
	defer running.Wait()
	tick := time.NewTicker(time.Duration(atOnce) * time.Millisecond)
	defer tick.Stop()
	for i := range 1000 {
		if i%atOnce == 0 {
			<-tick.C
		}
		running.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if outcome := Probe(ctx, &Handler{HTTPGet: &HTTPGet{Port: many[i%len(many)]}}); outcome.Result != Success {
				b.Error(outcome)
			}
		})
	}
}

// The same requests by net/http with the kubelet's settings, to compare with.
func BenchmarkNetHTTP(b *testing.B) {
	where := startServer(b)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     (&net.Dialer{KeepAlive: -1}).DialContext,
	}}
	for _, scheme := range []struct {
		name string
		port int
	}{{"http", where.HTTP}, {"https", where.HTTPS}} {
		b.Run(scheme.name, func(b *testing.B) {
			benchmark(b, func(ctx context.Context) Outcome {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme.name+"://"+hostPort("", scheme.port)+"/healthz", nil)
				if err != nil {
					b.Fatal(err)
				}
				response, err := client.Do(request)
				if err != nil {
					b.Fatal(err)
				}
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				if err != nil || response.StatusCode != http.StatusOK {
					b.Fatal(response.Status, err)
				}
				return Outcome{Success, string(body)}
			})
		})
	}
}
