package postmortem

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/nile-init/nile/internal/jsonvalue"
)

// WriteTar writes a report with all its files to a tar archive: report.json, report.txt
// for people, the output as it came, and the artefacts. Without a store, artefacts are
// left out. The format is ustar (POSIX, pax: "ustar Interchange Format").
func WriteTar(w io.Writer, r *Report, store *Store) error {
	t := &tarWriter{w: w, prefix: "nile-report-" + r.ID + "/", at: r.Written}
	var text bytes.Buffer
	if err := WriteText(&text, r, TextOptions{Height: 500}); err != nil {
		return err
	}
	if err := t.add("report.txt", int64(text.Len()), &text); err != nil {
		return err
	}
	if store != nil {
		if err := store.Files(r.ID, t.add); err == nil {
			return t.close()
		} else if t.failed != nil {
			return err
		}
	}
	data, err := jsonvalue.MarshalIndent(r)
	if err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{reportFile, data}, {"stdout.log", []byte(r.Output.Stdout)}, {"stderr.log", []byte(r.Output.Stderr)}} {
		if err := t.add(file.name, int64(len(file.text)), bytes.NewReader(file.text)); err != nil {
			return err
		}
	}
	return t.close()
}

// tarWriter writes an archive. Package archive/tar would cost 80 KB for its many other
// formats.
type tarWriter struct {
	w      io.Writer
	prefix string
	at     time.Time
	failed error // of the writing
}

const tarBlock = 512

// add adds a file of a size; what the source has beyond it is left out, what it lacks is
// filled with zeros: a file may be written to meanwhile.
func (t *tarWriter) add(name string, size int64, content io.Reader) error {
	header := make([]byte, tarBlock)
	field := func(at, length int, text string) { copy(header[at:at+length], text) }
	whole := t.prefix + name
	if len(whole) > 100 { // the directory goes into a field of its own
		field(345, 155, t.prefix[:len(t.prefix)-1])
		whole = name
	}
	if len(whole) > 100 || len(t.prefix) > 155 {
		return fmt.Errorf("the name %s is too long for a tar archive", name)
	}
	field(0, 100, whole)
	field(100, 8, "0000600\x00")
	field(108, 8, "0000000\x00")
	field(116, 8, "0000000\x00")
	field(124, 12, fmt.Sprintf("%011o\x00", size))
	field(136, 12, fmt.Sprintf("%011o\x00", max(t.at.Unix(), 0)))
	field(148, 8, "        ")
	header[156] = '0'
	field(257, 8, "ustar\x0000")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	field(148, 8, fmt.Sprintf("%06o\x00 ", sum))
	if err := t.write(header); err != nil {
		return err
	}
	n, err := io.Copy(writerFunc(t.write), io.LimitReader(content, size))
	if err != nil {
		return err
	}
	return t.zeros(size - n + (tarBlock-size%tarBlock)%tarBlock)
}

func (t *tarWriter) zeros(n int64) error {
	empty := make([]byte, 64<<10)
	for n > 0 {
		part := empty[:min(n, int64(len(empty)))]
		if err := t.write(part); err != nil {
			return err
		}
		n -= int64(len(part))
	}
	return nil
}

func (t *tarWriter) write(b []byte) error {
	_, err := t.w.Write(b)
	if err != nil {
		t.failed = err
	}
	return err
}

// close ends the archive: two empty blocks.
func (t *tarWriter) close() error { return t.zeros(2 * tarBlock) }

type writerFunc func([]byte) error

func (f writerFunc) Write(b []byte) (int, error) { return len(b), f(b) }
