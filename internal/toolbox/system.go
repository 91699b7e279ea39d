package toolbox

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nile-init/nile/internal/procs"
)

func echo(c *call) error {
	_, err := fmt.Fprintln(c.out, strings.Join(c.args, " "))
	return err
}

func pwd(c *call) error {
	directory, err := os.Getwd()
	if err == nil {
		fmt.Fprintln(c.out, printable(directory))
	}
	return err
}

func env(c *call) error {
	if len(c.args) == 0 {
		for _, entry := range os.Environ() {
			fmt.Fprintln(c.out, printable(entry))
		}
		return nil
	}
	for _, name := range c.args {
		value, found := os.LookupEnv(name)
		if !found {
			c.failed = true
			continue
		}
		fmt.Fprintln(c.out, printable(value))
	}
	return nil
}

func id(c *call) error {
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	names := make([]string, len(groups))
	for i, group := range groups {
		names[i] = withName(group, c.group(uint32(group)))
	}
	uid, gid := os.Geteuid(), os.Getegid()
	fmt.Fprintf(c.out, "uid=%s gid=%s groups=%s\n", withName(uid, c.user(uint32(uid))), withName(gid, c.group(uint32(gid))), strings.Join(names, ","))
	return nil
}

func withName(number int, name string) string {
	if name == strconv.Itoa(number) {
		return name
	}
	return fmt.Sprintf("%d(%s)", number, name)
}

// user and group look a number up in the image's files, once, and return the number
// where those do not know it: an image may have none.
func (c *call) user(uid uint32) string  { return c.name("/etc/passwd", uid) }
func (c *call) group(gid uint32) string { return c.name("/etc/group", gid) }

func (c *call) name(file string, id uint32) string {
	key := file + ":" + strconv.FormatUint(uint64(id), 10)
	name, known := c.names[key]
	if !known {
		if c.names == nil {
			c.names = map[string]string{}
		}
		name = nameOf(file, id)
		c.names[key] = name
	}
	return name
}

func nameOf(file string, id uint32) string {
	number := strconv.FormatUint(uint64(id), 10)
	in, err := os.Open(file)
	if err != nil {
		return number
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for range 10_000 {
		if !lines.Scan() {
			break
		}
		if fields := strings.SplitN(lines.Text(), ":", 4); len(fields) > 2 && fields[2] == number {
			return printable(fields[0])
		}
	}
	return number
}

func ps(c *call) error {
	table, err := procs.Read(procs.Options{CommandLine: 1024})
	if err != nil {
		return err
	}
	var rows [][]string
	for i := range table.Processes {
		p := &table.Processes[i]
		user := p.User
		if user == "" {
			user = strconv.FormatUint(uint64(p.UID), 10)
		}
		rows = append(rows, []string{strconv.Itoa(p.PID), strconv.Itoa(p.Parent), printable(user), p.State.String(), readable(int64(p.Resident)),
			p.CPU.Round(10 * time.Millisecond).String(), p.Age.Round(time.Second).String(), printable(p.CommandLine())})
	}
	c.table([]string{"PID", "PPID", "USER", "STATE", "RSS", "TIME", "AGE", "COMMAND"}, rows)
	return nil
}
