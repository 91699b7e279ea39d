//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// image is the content of an image FROM scratch, as it is put together.
type image struct {
	t        *testing.T
	contents bytes.Buffer
	tar      *tar.Writer
}

func newImage(t *testing.T) *image {
	i := &image{t: t}
	i.tar = tar.NewWriter(&i.contents)
	return i
}

// file adds one of the machine's files, with its mode and time.
func (i *image) file(name, source string) *image {
	i.t.Helper()
	info, err := os.Stat(source)
	if err != nil {
		i.t.Fatal(err)
	}
	header := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm()), ModTime: info.ModTime()}
	return i.add(header, read(i.t, source))
}

func (i *image) text(name, text string) *image {
	return i.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: time.Unix(0, 0)}, text)
}

func (i *image) directory(name string, mode int64) *image {
	return i.add(tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode}, "")
}

func (i *image) link(name, target string) *image {
	return i.add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}, "")
}

func (i *image) add(header tar.Header, contents string) *image {
	i.t.Helper()
	header.Size = int64(len(contents))
	if err := i.tar.WriteHeader(&header); err != nil {
		i.t.Fatal(err)
	}
	if _, err := i.tar.Write([]byte(contents)); err != nil {
		i.t.Fatal(err)
	}
	return i
}

// load makes the image known to Docker until the test ends, and returns its id. options are those of `docker import`,
// such as --change 'ENV A=B'.
func (i *image) load(options ...string) string {
	i.t.Helper()
	id := i.loadForAll(options...)
	i.t.Cleanup(func() { docker(i.t, "rmi", "--force", id) })
	return id
}

// loadForAll is load for an image that stays.
func (i *image) loadForAll(options ...string) string {
	i.t.Helper()
	if err := i.tar.Close(); err != nil {
		i.t.Fatal(err)
	}
	cmd := command("docker", append(append([]string{"import"}, options...), "-")...)
	cmd.Stdin = &i.contents
	output, err := cmd.CombinedOutput()
	if err != nil {
		i.t.Fatalf("docker import: %v\n%s", err, output)
	}
	return strings.TrimSpace(string(output))
}

// machineImage is an image whose entrypoint is nile and whose programs are the machine's: to be run with
// machineOptions, which mount them. It is made once, and removed by removeMachineImage.
func machineImage(t *testing.T) string {
	t.Helper()
	if loadedMachineImage == "" {
		loadedMachineImage = machineFiles(t).loadForAll("--change", "ENV "+machinePath, "--change", `ENTRYPOINT ["nile"]`)
	}
	return loadedMachineImage
}

// loadedMachineImage needs no lock: tests that run beside each other have it from the one that they are parts of.
var loadedMachineImage string

// removeMachineImage is called when all tests have ended.
func removeMachineImage() {
	if loadedMachineImage != "" {
		_ = command("docker", "rmi", "--force", loadedMachineImage).Run()
	}
}

// machinePath is the PATH in a machineImage.
const machinePath = "PATH=/opt/nile:/usr/sbin:/usr/bin"

// machineFiles are the contents of a machineImage.
func machineFiles(t *testing.T) *image {
	t.Helper()
	i := newImage(t).file("opt/nile/nile", nile).
		text("etc/passwd", "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n").
		text("etc/group", "root:x:0:\nnogroup:x:65534:\n").
		text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n").
		directory("tmp", 0o1777)
	// Docker mounts its init at /sbin/docker-init, which must not be in the machine's /usr.
	for _, name := range []string{"sbin", "dev", "proc", "run", "srv", "sys", "usr", "etc/nile", "etc/alternatives", "etc/java-17-openjdk"} {
		i.directory(name, 0o755)
	}
	// As the machine has it: which of these exist depends on its architecture.
	for _, name := range []string{"bin", "lib", "lib32", "lib64"} {
		if target, err := os.Readlink("/" + name); err == nil {
			i.link(name, target)
		}
	}
	return i
}

// machineOptions are the options of `docker run` that an image made by machineImage needs. Nothing can be written to
// but /tmp.
func machineOptions(more ...string) []string {
	return append([]string{"--read-only", "--tmpfs", "/tmp",
		"--volume", "/usr:/usr:ro",
		"--volume", "/etc/alternatives:/etc/alternatives:ro",
		"--volume", "/etc/java-17-openjdk:/etc/java-17-openjdk:ro"}, more...)
}
