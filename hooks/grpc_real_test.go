package hooks_test

import (
	"context"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/nile-init/nile/hooks"
)

// grpcServer is grpc-go's own server, with its own health service if one is given.
func grpcServer(t *testing.T, address string, service *health.Server) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	server := grpc.NewServer()
	if service != nil {
		grpc_health_v1.RegisterHealthServer(server, service)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return listener.Addr().(*net.TCPAddr).Port
}

func probeGRPC(t *testing.T, h hooks.GRPC) hooks.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return hooks.Probe(ctx, &hooks.Handler{GRPC: &h})
}

func TestAgainstGRPC(t *testing.T) {
	service := health.NewServer()
	service.SetServingStatus("up", grpc_health_v1.HealthCheckResponse_SERVING)
	service.SetServingStatus("down", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	service.SetServingStatus("unsure", grpc_health_v1.HealthCheckResponse_UNKNOWN)
	service.SetServingStatus("who", grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN)
	port := grpcServer(t, "127.0.0.1:0", service)
	for _, c := range []struct {
		service string
		want    hooks.Outcome
	}{
		{"", hooks.Outcome{Result: hooks.Success, Message: "service healthy"}},
		{"up", hooks.Outcome{Result: hooks.Success, Message: "service healthy"}},
		{"down", hooks.Outcome{Result: hooks.Failure, Message: `service unhealthy (responded with "NOT_SERVING")`}},
		{"unsure", hooks.Outcome{Result: hooks.Failure, Message: `service unhealthy (responded with "UNKNOWN")`}},
		{"who", hooks.Outcome{Result: hooks.Failure, Message: `service unhealthy (responded with "SERVICE_UNKNOWN")`}},
		{"nobody", hooks.Outcome{Result: hooks.Failure, Message: "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"}},
	} {
		if got := probeGRPC(t, hooks.GRPC{Port: port, Service: c.service}); got != c.want {
			t.Errorf("%q: got %v, want %v", c.service, got, c.want)
		}
	}
	service.Shutdown()
	if got := probeGRPC(t, hooks.GRPC{Port: port, Service: "up"}); got.Result != hooks.Failure {
		t.Errorf("after the shutdown: got %v", got)
	}
	service.Resume()
	if got := probeGRPC(t, hooks.GRPC{Port: port, Host: "localhost", Service: "up"}); got.Result != hooks.Success {
		t.Errorf("after the resumption: got %v", got)
	}
}

func TestAgainstGRPCOverIPv6(t *testing.T) {
	port := grpcServer(t, "[::1]:0", health.NewServer())
	for _, host := range []string{"::1", "", "localhost"} {
		if got := probeGRPC(t, hooks.GRPC{Host: host, Port: port}); got.Result != hooks.Success {
			t.Errorf("host %q: got %v", host, got)
		}
	}
}

func TestAgainstGRPCWithoutHealth(t *testing.T) {
	got := probeGRPC(t, hooks.GRPC{Port: grpcServer(t, "127.0.0.1:0", nil)})
	want := "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health"
	if got != (hooks.Outcome{Result: hooks.Failure, Message: want}) {
		t.Errorf("got %v", got)
	}
}

// The hand-made decoding agrees with protobuf's own on every message.
func FuzzAgainstProtobuf(f *testing.F) {
	for _, seed := range []string{"", "\x08\x01", "\x08\x02\x08\x01", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x12\x03abc\x08\x01", "\x0d\x01\x00\x00\x00", "\x13\x14\x08\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var want grpc_health_v1.HealthCheckResponse
		wantErr := proto.Unmarshal(message, &want)
		body := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
		got, err := hooks.DecodeCheckResponse(body)
		switch {
		case err == nil && wantErr == nil:
			if got != int32(want.Status) {
				t.Errorf("%x: got status %d, protobuf %d", message, got, want.Status)
			}
		case err == nil:
			t.Errorf("%x: got status %d, protobuf %v", message, got, wantErr)
		case wantErr == nil && !hasGroup(message): // which are refused on purpose
			t.Errorf("%x: got %v, protobuf status %d", message, err, want.Status)
		}
	})
}

func hasGroup(message []byte) bool {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeField(message)
		if kind == protowire.StartGroupType {
			return true
		}
		if n < 0 || number == 0 {
			return false
		}
		message = message[n:]
	}
	return false
}
