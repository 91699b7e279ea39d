package nile_test

import "testing"

func TestReadyWhenItSaysSo(t *testing.T) {
	playPage(t, "docs/how-to/ready-when-it-says-so.md", 3, "pod.yaml")
}
