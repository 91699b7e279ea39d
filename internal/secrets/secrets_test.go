package secrets

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNames(t *testing.T) {
	m := New("ACME_LICENCE", "pan")
	for _, name := range []string{
		"PASSWORD", "DB_PASSWORD", "dbPassword", "spring.datasource.password", "PGPASSWORD", "MYSQL_PWD", "db-pass",
		"SECRET_KEY", "clientSecret", "GITHUB_TOKEN", "authtoken", "API_KEY", "apiKey", "AWS_SECRET_ACCESS_KEY", "ENCRYPTION_KEYS",
		"BASIC_AUTH", "GOOGLE_CREDENTIALS", "SESSION_COOKIE", "jwt", "PASSWORD_PROD", "acme.licence", "MY_ACME_LICENCE_2", "customerPan",
	} {
		if m.kind(name) == nothing {
			t.Errorf("%s is not taken for a secret's name", name)
		}
	}
	for _, name := range []string{"PATH", "HOME", "PWD", "OLDPWD", "KEYBOARD", "AUTHOR", "COMPASS", "MONKEY", "KEYCLOAK_URL", "BYPASSED", "LICENCE", "PANIC", ""} {
		if m.kind(name) != nothing {
			t.Errorf("%s is taken for a secret's name", name)
		}
	}
}

func TestWhatIsMasked(t *testing.T) {
	m := &Masker{}
	m.Learn([]string{"DB_PASSWORD=hunter22", "AUTH=enabled", "PIN=1234"}, []string{"app", "--token", "tok-value-1"})
	for text, want := range map[string]string{
		"login failed for hunter22@db":                              "login failed for ***@db",
		"auth is enabled for 1234 users":                            "auth is enabled for 1234 users",
		"sent tok-value-1":                                          "sent ***",
		"password=abc, user=joe":                                    "password=***, user=joe",
		`{"apiKey": "a b\"c", "user": "joe"}`:                       `{"apiKey": "***", "user": "joe"}`,
		`"{\"token\":\"abc\"}"`:                                     `"{\"token\":\"***\"}"`,
		"Authorization: Bearer abc":                                 "Authorization: ***",
		"jdbc:postgresql://joe:s3cr3t@db:5432/app?sslmode=x":        "jdbc:postgresql://joe:***@db:5432/app?sslmode=x",
		"redis://:s3cr3t@cache/0":                                   "redis://:***@cache/0",
		"amqp://joe:p@ss/word@mq":                                   "amqp://joe:***@mq",
		"http://localhost:8080/find?mail=joe@example.org":           "http://localhost:8080/find?mail=joe@example.org",
		"key AKIAIOSFODNN7EXAMPLE refused":                          "key *** refused",
		"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP now": "got *** now",
		"curl -H 'X: bearer 0123456789abcdef'":                      "curl -H 'X: bearer ***'",
		"com.acme.InvalidTokenException: no such user":              "com.acme.InvalidTokenException: no such user",
		"KeyError: 'name'":                                          "KeyError: 'name'",
		"SyntaxError: Unexpected token }":                           "SyntaxError: Unexpected token }",
		"a bearer of bad news":                                      "a bearer of bad news",
		"\xff\xfepassword=\xff\x00x":                                "\xff\xfepassword=***\x00x",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%q\nbecomes %q\nwant    %q", text, got, want)
		}
	}
}

func TestPrivateKeysAreMaskedWhereverTheTextIsCut(t *testing.T) {
	const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA1\nq2w3e4r5t6z7u8\n-----END RSA PRIVATE KEY-----\n"
	text := "starting up\nloaded\n" + key + "and on: it goes\n" + key
	m := &Masker{}
	for from := range text {
		for _, part := range []string{text[from:], text[:from]} {
			// Beyond two lines of the body nothing can tell that it was a key's.
			if got := m.Text(part); strings.Contains(part, "PRIVATE KEY-----") &&
				(strings.Contains(got, "q2w3e4r5t6z7u8") || strings.Contains(got, "MIIEowIBAAKCAQEA1")) {
				t.Fatalf("%q becomes %q", part, got)
			}
		}
	}
	if got := m.Text(text); !strings.HasPrefix(got, "starting up\nloaded\n") || !strings.Contains(got, "and on: it goes") {
		t.Errorf("masking takes more than the keys: %q", got)
	}
}

func TestArguments(t *testing.T) {
	m := New("pan")
	argv := []string{
		"java", "-Ddb.password=abc", "-jar", "app.jar", "--password", "-odd", "--api-key", "k3y", "--no-auth", "--verbose",
		"--pan=4111", "--url=https://u:p@h/", "sh", "-c", "PGPASSWORD=abc psql -h db", "--password-file=/run/secrets/db",
	}
	want := []string{
		"java", "-Ddb.password=***", "-jar", "app.jar", "--password", "***", "--api-key", "***", "--no-auth", "--verbose",
		"--pan=***", "--url=https://u:***@h/", "sh", "-c", "PGPASSWORD=*** psql -h db", "--password-file=/run/secrets/db",
	}
	if got := m.Arguments(argv); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// secretNames draws names as people write them.
func secretNames(t *rapid.T) string {
	word := rapid.SampledFrom(slices.Concat(strongWords, weakWords)).Draw(t, "word")
	before := rapid.SampledFrom([]string{"", "DB_", "my.", "spring-", "x1_"}).Draw(t, "before")
	after := rapid.SampledFrom([]string{"", "_PROD", ".main", "-2"}).Draw(t, "after")
	if word == "PWD" && before == "" && after == "" {
		before = "MYSQL_"
	}
	if rapid.Bool().Draw(t, "small") {
		return strings.ToLower(before + word + after)
	}
	return before + word + after
}

// The promise: a value that a name or a shape makes a secret is nowhere in what comes out.
func TestASecretNeverComesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Masker{}
		name := secretNames(t)
		value := "q" + rapid.StringMatching(`[a-zA-Z0-9!#$%^*_+./~-]{8,40}`).Draw(t, "value") + "Z"
		if rapid.Bool().Draw(t, "binary") {
			value += rapid.StringMatching(`[ \n"\x80-\xff]{1,3}`).Draw(t, "odd") + "tail7"
		}
		noise := rapid.StringMatching(`(?s).{0,60}`)
		environment := []string{"PATH=/bin", name + "=" + value, "OTHER=x" + value}
		m.Learn(environment, nil)
		argv := []string{"app", "--" + name + "=" + value, "-D" + strings.ToLower(name) + "=" + value}
		text := noise.Draw(t, "head") + value + noise.Draw(t, "tail")
		out := fmt.Sprint(m.Environment(environment), m.Arguments(argv), m.Text(text))
		if strings.Contains(out, value) || strings.Contains(out, strings.TrimSpace(value)) {
			t.Fatalf("%s=%q comes out in %q", name, value, out)
		}
	})
}

func TestAShapeNeverComesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[a-zA-Z0-9][a-zA-Z0-9_-]{30,50}`).Draw(t, "value") + "7"
		shape := rapid.SampledFrom([]string{
			"postgres://joe:%s@db/app", "https://:%s@host", "Bearer %s", "Authorization: Basic %s", "Authorization: Token %s",
			"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----\\n%s\\n", "eyJ%s.abc.def", "ghp_%s", "xoxb-%s", "glpat-%s",
			"password=%s", "passwd: %s", `"client_secret" : "%s"`, "token='%s'", "--api-key=%s", "X-API-KEY=%s", "db.password = %s",
		}).Draw(t, "shape")
		before := rapid.SampledFrom([]string{"", "\n", " ", "(", "x=", "2026-11-27 ERROR "}).Draw(t, "before")
		text := before + fmt.Sprintf(shape, value) + rapid.SampledFrom([]string{"", "\n", " and so on", ")"}).Draw(t, "after")
		m := &Masker{}
		for _, out := range []string{m.Text(text), m.Environment([]string{"SETTINGS=" + text})[0], m.Arguments([]string{"sh", text})[1]} {
			if strings.Contains(out, value) {
				t.Fatalf("%q comes out in %q", text, out)
			}
		}
	})
}

// Hostile texts are no slower to mask than others. A quadratic way through these would
// take minutes.
func TestMaskingTakesTimeInProportion(t *testing.T) {
	m := New()
	m.Learn([]string{"TOKEN=aaaaaaaaaaaaaaaa"}, nil)
	for _, piece := range []string{
		"a:", "a://", "key_file=/", "=", `"`, `token:"`, "sk-", "bearer ", "a@", "-----BEGIN ", "PRIVATE KEY", "-----END PRIVATE KEY", " :", "password=", "aaaaaaaa", "\\\"",
	} {
		m.Text(strings.Repeat(piece, 256<<10/len(piece)))
	}
}

func FuzzText(f *testing.F) {
	f.Add("password=\"x", "-----BEGIN PRIVATE KEY")
	f.Add("://:@", "Bearer ")
	f.Fuzz(func(t *testing.T, a, b string) {
		m := &Masker{}
		m.Learn([]string{"TOKEN=" + a}, []string{"x", "--secret", b})
		once := m.Text(a + b)
		if len(once) > 4*(len(a)+len(b))+16 {
			t.Fatalf("%d bytes become %d", len(a)+len(b), len(once))
		}
	})
}

// A value that others begin with, or that stands twice, is masked as by a
// [strings.Replacer] with the longest values first.
func TestLearnedValuesAreMaskedOnceEach(t *testing.T) {
	m := New()
	m.Learn([]string{"A_PASSWORD=abcabc", "B_PASSWORD=abcabcabc", "C_PASSWORD=größer1", "D_PASSWORD=bcabcd"}, nil)
	same := strings.NewReplacer("abcabcabc", Mask, "abcabc", Mask, "größer1", Mask, "bcabcd", Mask)
	for _, text := range []string{
		"", "none", "abcabc", "abcabcabcabc", "xabcabcx", "abcab", "ababcabcd", "abcabcd", "grö größer1größer1", "abcabcabcabcab bcabcd\xff",
	} {
		if got, want := m.maskValues(text), same.Replace(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
}
