package logging

import (
	"bytes"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"
)

// Who reads nile's log with what reads zap's finds the same lines.
func TestLinesAreThoseOfZapsEncoders(t *testing.T) {
	json := zapcore.EncoderConfig{
		TimeKey: "ts", LevelKey: "level", MessageKey: "msg", LineEnding: zapcore.DefaultLineEnding,
		EncodeLevel: zapcore.LowercaseLevelEncoder, EncodeTime: zapcore.RFC3339NanoTimeEncoder,
	}
	console := json
	console.EncodeTime, console.ConsoleSeparator = zapcore.TimeEncoderOfLayout(consoleTime), " "
	console.EncodeLevel = zapcore.CapitalLevelEncoder
	coloured := console
	coloured.EncodeLevel = zapcore.CapitalColorLevelEncoder
	for _, test := range []struct {
		name    string
		zap     zapcore.Encoder
		encoder encoder
	}{
		{"json", zapcore.NewJSONEncoder(json), encoder{}},
		{"console", zapcore.NewConsoleEncoder(console), encoder{console: true}},
		{"in colour", zapcore.NewConsoleEncoder(coloured), encoder{console: true, colour: true}},
	} {
		for level := zapcore.DebugLevel; level <= zapcore.ErrorLevel; level++ {
			for _, text := range []string{"", "plain", "größer 東京", "\"a\\b\"\t\x1b[31mred\r\n\x00\x7f<&>\u2028"} {
				entry := zapcore.Entry{Level: level, Time: time.Date(2026, 11, 27, 6, 6, 46, 26581998, time.FixedZone("", 5400)), Message: text}
				var fields []zapcore.Field
				if !test.encoder.console {
					fields = []zapcore.Field{stringField(text, text), intField("pid", -7), stringField("why", text)}
				}
				want, err := test.zap.EncodeEntry(entry, fields)
				if err != nil {
					t.Fatal(err)
				}
				if got := test.encoder.append(nil, entry, fields); !bytes.Equal(got, want.Bytes()) {
					t.Errorf("%s: got  %swant %s", test.name, got, want)
				}
			}
		}
	}
}
