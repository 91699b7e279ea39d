package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// binary is a program that was built.
type binary struct {
	name         string
	architecture architecture
	path         string
}

// build has the Makefile, which has the flags, build all programs into a directory.
func (r *release) build(a architecture, directory string) ([]binary, error) {
	command := exec.Command("make", "--no-print-directory", "programs", "DIR="+directory, "VERSION="+r.version, "REVISION="+r.revision)
	// -buildvcs=false: version and revision say it, and a build from an archive has no .git.
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+a.name, "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local")
	if a.name == "arm" {
		command.Env = append(command.Env, "GOARM="+strings.TrimPrefix(a.variant, "v"))
	}
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("cannot build for %s: %w", a, err)
	}
	var built []binary
	for _, name := range programs {
		built = append(built, binary{name: name, architecture: a, path: filepath.Join(directory, name)})
	}
	return built, nil
}

// archive writes nile-VERSION-linux-ARCH.tar.gz with the programs and the license.
func (r *release) archive(a architecture, built []binary) error {
	name := fmt.Sprintf("nile-%s-linux-%s", r.version, a)
	files := newTar(r.time)
	if err := files.copy(name+"/LICENSE", "LICENSE", 0o644); err != nil {
		return err
	}
	for _, b := range built {
		if err := files.copy(name+"/"+b.name, b.path, 0o755); err != nil {
			return err
		}
	}
	compressed, _, err := files.compressed()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, name+".tar.gz"), compressed, 0o644)
}

// krewVersion is what krew takes for a version.
var krewVersion = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)

// packPlugin packs kubectl-nile. Of a version that krew does not take there is the script
// alone.
func (r *release) packPlugin() error {
	if !krewVersion.MatchString(r.version) {
		text, err := os.ReadFile("deploy/kubectl-nile")
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(r.out, "kubectl-nile"), text, 0o755)
	}
	command := exec.Command("deploy/krew/package.sh", r.version, r.out)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return fmt.Errorf("cannot pack kubectl-nile: %w", err)
	}
	return nil
}

// writeSums writes SHA256SUMS of all that is there, as sha256sum -c reads it.
func (r *release) writeSums() error {
	entries, err := os.ReadDir(r.out) // sorted
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, entry := range entries {
		sum, err := sumOf(filepath.Join(r.out, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, entry.Name())
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("cannot read %s: %w", path, err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// archiveFile is a tar file in memory whose bytes depend on what is in it alone: all is
// root's, and of one time.
type archiveFile struct {
	contents bytes.Buffer
	writer   *tar.Writer
	time     time.Time
}

func newTar(at time.Time) *archiveFile {
	f := &archiveFile{time: at}
	f.writer = tar.NewWriter(&f.contents)
	return f
}

func (f *archiveFile) add(name string, mode int64, contents []byte) error {
	header := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(contents)), ModTime: f.time, Format: tar.FormatUSTAR}
	if err := f.writer.WriteHeader(&header); err != nil {
		return fmt.Errorf("cannot add %s: %w", name, err)
	}
	_, err := f.writer.Write(contents)
	return err
}

func (f *archiveFile) copy(name, path string, mode int64) error {
	contents, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return f.add(name, mode, contents)
}

// bytes is the whole archive.
func (f *archiveFile) bytes() ([]byte, error) {
	if err := f.writer.Close(); err != nil {
		return nil, err
	}
	return f.contents.Bytes(), nil
}

// compressed is the archive under gzip, without a name or time of its own, and as it was.
func (f *archiveFile) compressed() (compressed, plain []byte, err error) {
	if plain, err = f.bytes(); err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	packer, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, nil, err
	}
	if _, err := packer.Write(plain); err != nil {
		return nil, nil, err
	}
	if err := packer.Close(); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), plain, nil
}
