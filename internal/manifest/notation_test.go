package manifest

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "12": 12, "1k": 1000, "2M": 2e6, "3G": 3e9, "4T": 4e12, "1Ki": 1024, "10Mi": 10 << 20, "2Gi": 2 << 30, "1Ti": 1 << 40,
		"9223372036854775807": math.MaxInt64,
		"":                    -1, "Mi": -1, "-1": -1, "1.5Gi": -1, "1K": -1, "10MB": -1, "1 Mi": -1, "1mi": -1, "1i": -1, "1MiMi": -1,
		"9223372036854775808": -1, "9007199254740992Ki": -1, "8388608Ti": -1,
	} {
		got, err := parseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "10": 10 * time.Second, "1.5": 1500 * time.Millisecond, "10s": 10 * time.Second, "1m30s": 90 * time.Second, "250ms": 250 * time.Millisecond,
		"": -1, "-1": -1, "-1s": -1, "1d": -1, "ten": -1, "10 s": -1, "inf": -1, "nan": -1, "1e300": -1, "9999999999": -1,
	} {
		got, err := parseDuration(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
}

// Every limit that setrlimit(2) knows has its name and its number.
func TestRlimitNames(t *testing.T) {
	var numbers []int
	for _, name := range rlimitNames() {
		numbers = append(numbers, rlimitResource(name))
	}
	slices.Sort(numbers)
	for i, number := range numbers {
		if i != number {
			t.Errorf("the resources are %v, want 0 to 15", numbers)
			break
		}
	}
	if len(numbers) != 16 || rlimitResource("nofiles") != -1 {
		t.Errorf("%d resources", len(numbers))
	}
}

// FuzzParseDuration: a duration is never negative, has the notation that the schema gives,
// and is what time.ParseDuration says where that knows it.
func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"0", "10", "1.5", "10s", "1m30s", "2h", "250ms", "-1s", "1d", "inf", "0x10", "1e3", "1_0", "9223372036.9", ".5s", "+5", "5.s", "1us"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		length, err := parseDuration(text)
		if err != nil {
			return
		}
		if length < 0 {
			t.Fatalf("%q is %v", text, length)
		}
		if want, err := time.ParseDuration(text); err == nil && text != "0" && want != length {
			t.Fatalf("%q is %v, should be %v", text, length, want)
		}
		if strings.ContainsAny(text, " \t\n\x00") {
			t.Fatalf("%q is taken for a duration", text)
		}
	})
}

// FuzzParseSize: a size is never negative and has the notation that the schema gives.
func FuzzParseSize(f *testing.F) {
	notation := regexp.MustCompile(`^[0-9]+(k|M|G|T|Ki|Mi|Gi|Ti)?$`)
	for _, text := range []string{"0", "12", "1k", "2M", "10Mi", "8388607Ti", "9223372036854775807", "9223372036854775808", "1K", "Mi", "1MiMi", "+1", "007k", "1_0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bytes, err := parseSize(text)
		if err == nil && (bytes < 0 || !notation.MatchString(text)) {
			t.Fatalf("%q is %d", text, bytes)
		}
	})
}
