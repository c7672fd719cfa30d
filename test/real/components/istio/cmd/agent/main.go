// Command agent is between an Envoy and istiod, as Istio's own agent is in each pod: it hands on what Envoy asks for and takes, and what
// istiod sends, if it is told so a while later. What istiod sends is made to fit an upstream Envoy on the loopback address.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type agent struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	istiod discovery.AggregatedDiscoveryServiceClient
	delay  time.Duration
	fit    *fitting
}

type late struct {
	at       time.Time
	response *discovery.DeltaDiscoveryResponse
}

// DeltaAggregatedResources is what proxies of Istio speak.
func (a *agent) DeltaAggregatedResources(envoy discovery.AggregatedDiscoveryService_DeltaAggregatedResourcesServer) error {
	istiod, err := a.istiod.DeltaAggregatedResources(envoy.Context(), grpc.MaxCallRecvMsgSize(64<<20))
	if err != nil {
		return err
	}
	ended := make(chan error, 3)
	go func() {
		for {
			request, err := envoy.Recv()
			if err == nil {
				if request.ErrorDetail != nil {
					fmt.Fprintf(os.Stderr, "refused: %s: %s\n", request.TypeUrl, request.ErrorDetail.Message)
				}
				err = istiod.Send(request)
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	queue := make(chan late, 10_000)
	go func() {
		for {
			response, err := istiod.Recv()
			if err != nil {
				ended <- err
				return
			}
			queue <- late{time.Now().Add(a.delay), response}
		}
	}()
	go func() {
		for {
			select {
			case <-envoy.Context().Done():
				return
			case next := <-queue:
				time.Sleep(time.Until(next.at))
				if err := a.fit.response(next.response); err != nil {
					ended <- err
					return
				}
				if err := envoy.Send(next.response); err != nil {
					ended <- err
					return
				}
			}
		}
	}()
	return <-ended
}

func main() {
	istiod := flag.String("istiod", "", "its xDS in plain text, host:port")
	listen := flag.String("listen", "", "where Envoy connects, host:port")
	door := flag.Uint("door", 0, "the port of the loopback address where clients connect to Envoy")
	delay := flag.Duration("delay", 0, "how much later Envoy gets what istiod sends")
	flag.Parse()
	connection, err := grpc.NewClient(*istiod, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, &agent{
		istiod: discovery.NewAggregatedDiscoveryServiceClient(connection),
		delay:  *delay,
		fit:    &fitting{door: uint32(*door)},
	})
	log.Fatal(server.Serve(listener))
}
