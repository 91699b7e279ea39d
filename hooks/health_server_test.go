package hooks

import (
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
)

// newHealthServer is a gRPC health server over net/http's own HTTP/2, for what
// must not wait for a real one; [TestAgainstGRPC] has the real one.
func newHealthServer(services map[string]servingStatus) *httptest.Server {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		service := ""
		if len(body) > frameHead+2 {
			service = string(body[frameHead+2:]) // shorter than 128 bytes: one byte of length
		}
		w.Header().Set("Content-Type", "application/grpc")
		status, known := services[service]
		if !known {
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", "5")
			w.Header().Set(http.TrailerPrefix+"Grpc-Message", "unknown service")
			return
		}
		message := []byte{1<<3 | wireVarint, byte(status)}
		frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
		_, _ = w.Write(append(frame, message...))
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
	})
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	return server
}

func portOfURL(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		panic(err)
	}
	return port
}
