// Command redis keeps what is counted: a Redis in memory at the address that is its only argument.
package main

import (
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	store := miniredis.NewMiniRedis()
	if err := store.StartAddr(os.Args[1]); err != nil {
		log.Fatal(err)
	}
	// its clock stands still unless it is told
	go func() {
		for range time.Tick(time.Second) {
			store.FastForward(time.Second)
		}
	}()
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
	store.Close()
}
