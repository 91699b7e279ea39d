package toolbox

// ownWords stands for the options of a tool that reads all its words itself.
const ownWords = "*"

// tool is one of the tools.
type tool struct {
	name    string
	options string // letters; one with a : after it takes a value
	usage   string
	summary string
	run     func(*call) error
}

// tools returns all of them, in the order of their names.
func tools() []tool {
	return []tool{
		{"cat", "n", "cat [-n] [FILE…]", "print files; -n with line numbers", cat},
		{"df", "hk", "df [-h] [PATH…]", "space on file systems, in KiB; -h in readable units", df},
		{"du", "shk", "du [-sh] [PATH…]", "space that trees take, in KiB; -s totals only, -h in readable units", du},
		{"echo", ownWords, "echo [TEXT…]", "print words", echo},
		{"env", "", "env [NAME…]", "print the environment, or some variables of it", env},
		{"find", ownWords, "find [PATH…] [-name GLOB] [-iname GLOB] [-path GLOB] [-type f|d|l|p|s|b|c] [-size [+-]N[ckMG]] [-mtime [+-]DAYS] [-newer FILE] [-maxdepth N]", "search a tree", find},
		{"grep", "ivnclhrEFqe:", "grep [-ivnclhrFq] PATTERN [FILE…]", "print lines that match a regular expression (RE2); -F a text, -r in trees", grep},
		{"head", "n:c:", "head [-n LINES | -c BYTES] [FILE…]", "print the beginning of files; 10 lines", head},
		{"hexdump", "Cn:s:", "hexdump [-n BYTES] [-s START] [FILE…]", "print bytes in hexadecimal and as text", hexdump},
		{"id", "", "id", "print the user and the groups", id},
		{"ls", "lahdR1tSrn", "ls [-laRdhtSr] [PATH…]", "list directories; -l in full, -a with hidden ones, -R whole trees, -t by time, -S by size", ls},
		{"ps", "efww", "ps", "list the processes", ps},
		{"pwd", "", "pwd", "print the working directory", pwd},
		{"stat", "L", "stat [-L] FILE…", "print all that is known of files; -L of what links lead to", stat},
		{"tail", "n:c:", "tail [-n LINES | -c BYTES] [FILE…]", "print the end of files; 10 lines", tail},
		{"wc", "lwc", "wc [-lwc] [FILE…]", "count lines, words and bytes", wc},
	}
}

func lookup(name string) (tool, bool) {
	for _, t := range tools() {
		if t.name == name {
			return t, true
		}
	}
	return tool{}, false
}

// Names returns the names of the tools.
func Names() []string {
	var names []string
	for _, t := range tools() {
		names = append(names, t.name)
	}
	return names
}

// Summaries returns a line for each tool: how it is called and what it does.
func Summaries() []string {
	var lines []string
	for _, t := range tools() {
		lines = append(lines, t.usage+"\t"+t.summary)
	}
	return lines
}
