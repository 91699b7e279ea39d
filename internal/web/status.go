package web

// The statuses that nile answers with (RFC 9110, section 15).
const (
	StatusOK             = 200
	StatusBadRequest     = 400
	StatusNotFound       = 404
	StatusMethod         = 405
	StatusHeaderTooLarge = 431
	StatusInternalError  = 500
	StatusUnavailable    = 503
	StatusVersion        = 505
)

// phrase says in words what a status means.
func phrase(status int) string {
	switch status {
	case StatusOK:
		return "OK"
	case StatusBadRequest:
		return "Bad Request"
	case StatusNotFound:
		return "Not Found"
	case StatusMethod:
		return "Method Not Allowed"
	case StatusHeaderTooLarge:
		return "Request Header Fields Too Large"
	case StatusInternalError:
		return "Internal Server Error"
	case StatusUnavailable:
		return "Service Unavailable"
	case StatusVersion:
		return "HTTP Version Not Supported"
	}
	return ""
}
