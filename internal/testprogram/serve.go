package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// serve is an application with a port.
func serve(port string) {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if code, ok := strings.CutPrefix(r.URL.Path, "/exit/"); ok {
			os.Exit(number(code))
		}
		fmt.Fprintln(w, "the application")
	})
	http.HandleFunc("/post", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("%s %s %s\n", r.Method, r.Header.Get("Content-Type"), body)
	})
	fail("testprogram: " + http.ListenAndServe("127.0.0.1:"+port, nil).Error())
}
