package hooks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// servingStatus is grpc.health.v1.HealthCheckResponse.ServingStatus.
type servingStatus int32

const serving servingStatus = 1

func (s servingStatus) String() string {
	switch s {
	case 0:
		return "UNKNOWN"
	case serving:
		return "SERVING"
	case 2:
		return "NOT_SERVING"
	case 3:
		return "SERVICE_UNKNOWN"
	}
	return strconv.Itoa(int(s))
}

const frameHead = 5 // a flag for compression, four bytes of length

// encodeCheckRequest is a HealthCheckRequest in its gRPC frame. Its one field is
// string service = 1.
func encodeCheckRequest(service string) []byte {
	frame := make([]byte, frameHead, frameHead+1+binary.MaxVarintLen32+len(service))
	if service != "" {
		frame = append(frame, 1<<3|wireBytes)
		frame = binary.AppendUvarint(frame, uint64(len(service)))
		frame = append(frame, service...)
	}
	binary.BigEndian.PutUint32(frame[1:], uint32(len(frame)-frameHead))
	return frame
}

// decodeCheckResponse reads the one HealthCheckResponse that a body is.
func decodeCheckResponse(body []byte) (servingStatus, error) {
	if len(body) == 0 {
		return 0, errors.New("the answer is empty")
	}
	if len(body) < frameHead {
		return 0, fmt.Errorf("the answer has %d bytes, less than a gRPC frame", len(body))
	}
	if body[0] != 0 {
		return 0, errors.New("the answer is compressed, though none was asked for")
	}
	message := body[frameHead:]
	if length := binary.BigEndian.Uint32(body[1:]); uint64(length) != uint64(len(message)) {
		return 0, fmt.Errorf("the answer has %d bytes where its frame says %d", len(message), length)
	}
	return decodeStatus(message)
}

// The wire types of protocol buffers (protobuf.dev/programming-guides/encoding).
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

var errMalformed = errors.New("the answer is no protocol buffer message")

// decodeStatus finds ServingStatus status = 1, which is 0 where it is absent. The
// last one counts, and fields of other numbers are passed over, as the encoding
// demands.
func decodeStatus(message []byte) (servingStatus, error) {
	var status servingStatus
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
			return 0, errMalformed
		}
		message = message[n:]
		size := uint64(0)
		switch tag & 7 {
		case wireVarint:
			value, n := binary.Uvarint(message)
			if n <= 0 {
				return 0, errMalformed
			}
			if tag>>3 == 1 {
				status = servingStatus(value)
			}
			size = uint64(n)
		case wire64:
			size = 8
		case wire32:
			size = 4
		case wireBytes:
			length, n := binary.Uvarint(message)
			if n <= 0 {
				return 0, errMalformed
			}
			message, size = message[n:], length
		default: // groups, which nothing writes any more
			return 0, errMalformed
		}
		if size > uint64(len(message)) {
			return 0, errMalformed
		}
		message = message[size:]
	}
	return status, nil
}

// rpcError is a call that ended with another status than OK.
type rpcError struct {
	code    int
	message string
}

func (e *rpcError) Error() string {
	return fmt.Sprintf("rpc error: code = %s desc = %s", codeName(e.code), e.message)
}

// rpcStatus is the status of a call whose body has been read: in the trailer, or
// in the header if the server had nothing else to say.
func rpcStatus(response *response2) error {
	from := response.trailer
	if from.Get("Grpc-Status") == "" {
		from = response.header
	}
	said := from.Get("Grpc-Status")
	if said == "" {
		return &rpcError{codeOfHTTP(response.status), fmt.Sprintf("the server doesn't speak gRPC: HTTP status %d, content type %q",
			response.status, response.header.Get("Content-Type"))}
	}
	code, err := strconv.ParseUint(said, 10, 31)
	if err != nil {
		return fmt.Errorf("the status of the call is no number: %q", said)
	}
	if code == 0 {
		return nil
	}
	message := from.Get("Grpc-Message")
	if plain, err := url.PathUnescape(message); err == nil {
		message = plain
	}
	return &rpcError{int(code), text([]byte(message))}
}

const (
	codeUnknown          = 2
	codePermissionDenied = 7
	codeUnimplemented    = 12
	codeInternal         = 13
	codeUnavailable      = 14
	codeUnauthenticated  = 16
)

// codeOfHTTP is the status of a call that a proxy or a web server answered
// (grpc/doc/http-grpc-status-mapping.md).
func codeOfHTTP(status int) int {
	switch status {
	case 400:
		return codeInternal
	case 401:
		return codeUnauthenticated
	case 403:
		return codePermissionDenied
	case 404:
		return codeUnimplemented
	case 429, 502, 503, 504:
		return codeUnavailable
	}
	return codeUnknown
}

func codeName(code int) string {
	names := [...]string{
		"OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
		"ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
		"DataLoss", "Unauthenticated",
	}
	if code >= 0 && code < len(names) {
		return names[code]
	}
	return fmt.Sprintf("Code(%d)", code)
}
