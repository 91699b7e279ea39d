package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// serve is a server that behaves badly: serve HOW PORT.
func serve(args []string) {
	if len(args) != 2 {
		fail(usage)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+args[1])
	if err != nil {
		fail(err.Error())
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		os.Exit(0)
	}()
	fmt.Println("serving", args[0])
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err.Error())
		}
		switch args[0] {
		case "silent": // takes the connection, and never answers
		case "slow": // answers one byte a second
			go drip(connection)
		case "reset":
			_ = connection.(*net.TCPConn).SetLinger(0)
			_ = connection.Close()
		default:
			fail(usage)
		}
	}
}

func drip(to net.Conn) {
	for _, b := range []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") {
		if _, err := to.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}
