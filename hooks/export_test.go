package hooks

// DecodeCheckResponse is for the tests that need other modules.
func DecodeCheckResponse(body []byte) (int32, error) {
	status, err := decodeCheckResponse(body)
	return int32(status), err
}
