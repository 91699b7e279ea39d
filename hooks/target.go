package hooks

import (
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
)

// The names that the requests go by: those of the kubelet of the Kubernetes
// version whose rules are followed.
const (
	probeAgent = "kube-probe/1.35"
	hookAgent  = "kube-lifecycle/1.35"
)

// target is what an httpGet asks for, and how.
type target struct {
	url         *url.URL
	dialHost    string // as the handler has it; redirects never leave it
	virtualHost string // the Host field of the handler's own, if any
	headers     []Header
	agent       string
	ownAgent    bool // the handler names its User-Agent
	ownAccept   bool // the handler names its Accept
	dropAccept  bool // … and says that there be none
	post        bool // a POST, with a body that is JSON
	body        []byte
}

func newTarget(h *HTTPGet, agent string) (*target, error) {
	if err := checkPort(h.Port); err != nil {
		return nil, err
	}
	where, err := address(h)
	if err != nil {
		return nil, err
	}
	t := &target{url: where, dialHost: h.Host, headers: h.Headers, agent: agent}
	for _, header := range h.Headers {
		switch {
		case strings.EqualFold(header.Name, "Host"):
			if t.virtualHost == "" {
				t.virtualHost = header.Value
			}
		case strings.EqualFold(header.Name, "User-Agent"):
			t.ownAgent = true
		case strings.EqualFold(header.Name, "Accept"):
			t.dropAccept = t.dropAccept || !t.ownAccept && header.Value == ""
			t.ownAccept = true
		}
	}
	return t, nil
}

// address builds the URL as formatURL in the kubelet's pkg/probe/http/request.go
// does: a path that is no URL path stands as it is, escaped.
func address(h *HTTPGet) (*url.URL, error) {
	u, err := url.Parse(h.Path)
	if err != nil {
		u = &url.URL{Path: h.Path}
	}
	if u.Opaque != "" {
		return nil, fmt.Errorf("bad path %q: it must begin with a slash", h.Path)
	}
	if !strings.HasPrefix(u.Path, "/") {
		u.Path = "/" + u.Path
		if u.RawPath != "" {
			u.RawPath = "/" + u.RawPath
		}
	}
	switch {
	case h.Scheme == "" || strings.EqualFold(h.Scheme, "http"):
		u.Scheme = "http"
	case strings.EqualFold(h.Scheme, "https"):
		u.Scheme = "https"
	default:
		return nil, fmt.Errorf("unsupported scheme %q: use HTTP or HTTPS", h.Scheme)
	}
	host := h.Host
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.WithZone("").String() // a zone is for the local machine alone (RFC 6874)
	} else if strings.ContainsFunc(host, notInHost) {
		return nil, fmt.Errorf("bad host %q: it must be an address or a name", host)
	}
	u.Host, u.User, u.Fragment, u.RawFragment = hostPort(host, h.Port), nil, "", ""
	return u, nil
}

func notInHost(r rune) bool {
	return r <= ' ' || r == 0x7f || strings.ContainsRune(`"#%/:<>?@[\]^{|}`, r)
}

// fields are the header fields of a request but for Host. Which of the handler's
// own are passed on, and how, is what net/http does with the kubelet's.
func (t *target) fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		agent, agentSeen := t.agent, false
		for _, header := range t.headers {
			name := textproto.CanonicalMIMEHeaderKey(header.Name)
			switch name {
			case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
				continue // net/http makes them itself, and a GET without a body has none
			case "User-Agent":
				if !agentSeen {
					agent, agentSeen = header.Value, true
				}
				continue
			case "Accept":
				if t.dropAccept {
					continue
				}
			}
			if !yield(name, header.Value) {
				return
			}
		}
		if !t.ownAccept && !yield("Accept", "*/*") {
			return
		}
		if agent != "" {
			yield("User-Agent", agent)
		}
	}
}

// check says which header field HTTP doesn't allow. To the kubelet that is a
// failure of the request, not an error of the probe.
func (t *target) check() error {
	if strings.ContainsAny(t.virtualHost, " \t/") || !validValue(t.virtualHost) {
		return fmt.Errorf("invalid Host header %q", t.virtualHost)
	}
	for name, value := range t.fields() {
		if !validName(name) {
			return fmt.Errorf("invalid header field name %q", name)
		}
		if !validValue(value) {
			return fmt.Errorf("invalid header field value for %q", name)
		}
	}
	return nil
}

// validName holds for a token (RFC 9110, section 5.6.2).
func validName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// validValue holds for what has no control character: with a line break in it, a
// value would become a header field, or a request, of its own.
func validValue(value string) bool {
	for _, b := range []byte(value) {
		if b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// appendRequest appends the HTTP/1.1 request for a URL.
func (t *target) appendRequest(b []byte, u *url.URL, virtualHost string) []byte {
	if virtualHost == "" {
		virtualHost = u.Host
	}
	method := "GET "
	if t.post {
		method = "POST "
	}
	b = append(b, method...)
	b = append(b, u.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, virtualHost...)
	b = append(b, "\r\nConnection: close\r\n"...)
	for name, value := range t.fields() {
		if name == "Connection" {
			continue
		}
		b = append(b, name...)
		b = append(b, ": "...)
		b = append(b, strings.Trim(value, " \t")...)
		b = append(b, "\r\n"...)
	}
	if t.post {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(t.body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, t.body...)
}

// header is the header of the request but for Host.
func (t *target) header() textproto.MIMEHeader {
	header := make(textproto.MIMEHeader, len(t.headers)+2)
	for name, value := range t.fields() {
		header.Add(name, value)
	}
	return header
}

// portOf is the port that a URL names or implies.
func portOf(u *url.URL) (int, error) {
	if u.Port() == "" {
		if u.Scheme == "https" {
			return 443, nil
		}
		return 80, nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return 0, err
	}
	return port, checkPort(port)
}

// next is the URL that an answer redirects to, or nil if it redirects to none.
// The rules are those of net/http's Client.
func (a *answer) next(from *url.URL) (*url.URL, error) {
	switch a.status {
	case 301, 302, 303, 307, 308:
	default:
		return nil, nil
	}
	if a.location == "" {
		return nil, nil
	}
	u, err := from.Parse(a.location)
	if err != nil {
		return nil, fmt.Errorf("bad redirect: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("redirected to an unsupported scheme: %q", u.Scheme)
	}
	if u.Host == "" {
		return nil, errors.New("redirected to a URL without a host")
	}
	return u, nil
}
