// Command deaths dies in the way that its first argument names.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

type order struct{ total int }

// kept is what the program never gives back.
var kept [][]byte

func main() {
	fmt.Println("starting", os.Args[1])
	switch os.Args[1] {
	case "panic":
		panic(fmt.Errorf("cannot parse the price %q", "ten"))
	case "nil":
		var o *order
		fmt.Println(o.total)
	case "deadlock":
		<-make(chan int)
	case "fatal":
		log.Fatal("cannot open the database: connection refused")
	case "map":
		prices := map[int]int{}
		for range 4 {
			go func() {
				for i := 0; ; i++ {
					prices[i%16] = i
				}
			}()
		}
		select {}
	case "port":
		if _, err := net.Listen("tcp", "127.0.0.1:8080"); err != nil {
			log.Fatal(err)
		}
	case "memory":
		for {
			block := make([]byte, 16<<20)
			for i := range block {
				block[i] = 1
			}
			kept = append(kept, block)
		}
	}
}
