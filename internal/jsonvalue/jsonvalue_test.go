package jsonvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type state uint8

func (s state) MarshalText() ([]byte, error) { return []byte{'s', '0' + byte(s)}, nil }

func (s *state) UnmarshalText(text []byte) error {
	if len(text) != 2 {
		return errors.New("no state")
	}
	*s = state(text[1] - '0')
	return nil
}

type base struct {
	Name   string `json:"name"`
	Hidden string `json:"hidden,omitempty"`
}

type Pointed struct {
	Deep int
	Name string `json:"name"` // that of all takes precedence
}

type word string

type all struct {
	base
	*Pointed
	Name    string          `json:"name"`
	Bool    bool            `json:"bool"`
	Int     int             `json:"int,omitempty"`
	Small   int8            `json:"small"`
	Wide    uint64          `json:"wide"`
	Float   float64         `json:"float"`
	Single  float32         `json:"single"`
	Word    word            `json:"word"`
	Bytes   []byte          `json:"bytes,omitempty"`
	Pointer *int            `json:"pointer"`
	Struct  *base           `json:"struct,omitempty"`
	List    []base          `json:"list"`
	Words   []word          `json:"words,omitempty"`
	Map     map[string]int  `json:"map,omitempty"`
	Any     any             `json:"any,omitempty"`
	Raw     json.RawMessage `json:"raw,omitempty"`
	Time    time.Time       `json:"time"`
	Zero    time.Time       `json:"zero,omitzero"`
	Took    time.Duration   `json:"took"`
	State   state           `json:"state"`
	Left    string          `json:"-"`
	Plain   int
	private int
}

func samples() []all {
	seven := 7
	return []all{
		{},
		{
			base: base{Name: "inner", Hidden: "h"}, Pointed: &Pointed{Deep: 3}, Name: "é \"\\\n\x01 <&> 日本 𝄞", Bool: true, Int: -5, Small: -128,
			Wide: math.MaxUint64, Float: 1e-7, Single: 0.1, Word: "w", Bytes: []byte{0, 255, 7}, Pointer: &seven,
			Struct: &base{Name: "s"}, List: []base{{Name: "a"}, {Hidden: "b"}}, Words: []word{"x", ""}, Map: map[string]int{"z": 1, "a": 2},
			Any: map[string]any{"k": []any{nil, true, 1.5, "t", map[string]any{}}}, Raw: json.RawMessage(`{"a":[1,{}],"b":[]}`),
			Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Took: time.Second, State: 4, Plain: 9, private: 0,
		},
		{Float: 1e21, Single: 3e-20, List: []base{}, Any: "text", Raw: json.RawMessage(`-1.5E+3`)},
		{Float: 123456.789, Any: []any{}, Words: []word{}},
	}
}

// What is written is what encoding/json writes, and both read it alike.
func TestAgreesWithEncodingJSON(t *testing.T) {
	for i, value := range samples() {
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		got, err := Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSuffix(want.String(), "\n"); string(got) != want {
			t.Errorf("sample %d is written as\n%s\nand not as\n%s", i, got, want)
		}

		want.Reset()
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		indented, err := MarshalIndent(&value)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.TrimSuffix(want.String(), "\n"); string(indented) != want {
			t.Errorf("sample %d is written as\n%s\nand not as\n%s", i, indented, want)
		}

		for _, text := range [][]byte{got, indented} {
			var wanted, read all
			if err := json.Unmarshal(text, &wanted); err != nil {
				t.Fatal(err)
			}
			if err := UnmarshalStrict(text, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wanted, read, cmp.AllowUnexported(all{}, base{})); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     "cannot read JSON at byte 1: there is no value",
		`{"name":"x"} {`:                       "cannot read JSON at byte 14: there is more behind the value",
		`{"name":5}`:                           "cannot read JSON at byte 9: there is no string",
		`{"int":"5"}`:                          "cannot read JSON at byte 8: there is no int",
		`{"int":1.5}`:                          "cannot read JSON at byte 8: there is no int",
		`{"small":128}`:                        "cannot read JSON at byte 10: there is no int8",
		`{"wide":-1}`:                          "cannot read JSON at byte 9: there is no uint64",
		`{"list":{}}`:                          "cannot read JSON at byte 9: there is no []jsonvalue.base",
		`{"bool":1}`:                           "cannot read JSON at byte 9: there is no bool",
		`{"bytes":"%"}`:                        "cannot read JSON at byte 13: a string is not base64",
		`{"nmae":1}`:                           `cannot read JSON at byte 9: unknown field "nmae"`,
		`{"name":"a" "b":1}`:                   "cannot read JSON at byte 13: there is neither a comma nor the end of a list or an object",
		`{"name":"a",}`:                        "cannot read JSON at byte 13: there is no string",
		`{"name" 1}`:                           "cannot read JSON at byte 9: there is no colon behind a name",
		"{\"name\":\"a\nb\"}":                  "cannot read JSON at byte 11: there is a control character in a string",
		`{"name":"a`:                           "cannot read JSON at byte 11: a string has no end",
		`{"name":"\x"}`:                        "cannot read JSON at byte 10: there is no such escape",
		`{"any":` + strings.Repeat("[", 20000): "cannot read JSON at byte 10007: it is nested too deeply",
	} {
		var v all
		if err := UnmarshalStrict([]byte(text), &v); err == nil || err.Error() != want {
			t.Errorf("%.40s: error %v, want %s", text, err, want)
		}
	}
	if err := Unmarshal([]byte("{}"), all{}); err == nil {
		t.Error("a value that can't be changed was read into")
	}
	for _, value := range []any{math.NaN(), math.Inf(1), func() {}, map[int]int{1: 1}, make(chan int), json.RawMessage("{"), json.RawMessage("1 1")} {
		if text, err := Marshal(value); err == nil {
			t.Errorf("%T was written as %s", value, text)
		}
	}
}

// FuzzUnmarshal reads what encoding/json reads, and the same.
func FuzzUnmarshal(f *testing.F) {
	for _, value := range samples() {
		text, _ := json.Marshal(value)
		f.Add(text)
	}
	for _, text := range []string{"[1, -0, 0.5e-3, 01]", `"\ud834\udd1e\ud834x\u0041"`, "\"\xff\xc3\"", `{"a":{"b":[[],{}]},"a":null}`, "[1,]", "nul", "-", "1.", "+1", `"` + "\x7f"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want, got any
		wanted, err := json.Unmarshal(text, &want), Unmarshal(text, &got)
		if (wanted == nil) != (err == nil) {
			t.Fatalf("%q: error %v, encoding/json has %v", text, err, wanted)
		}
		if err != nil {
			return
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %#v, by encoding/json as %#v", text, got, want)
		}
		again, err := Marshal(json.RawMessage(text))
		if err != nil || !json.Valid(again) || bytes.ContainsAny(again, "\n") {
			t.Fatalf("%q is written as %q: %v", text, again, err)
		}
		var into all
		_ = Unmarshal(text, &into) // must not panic
	})
}
