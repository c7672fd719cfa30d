package main

import (
	"math"
	"regexp"
	"strings"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	proxyprotocol "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const virtualOutbound = "virtualOutbound"

// What an upstream Envoy has of the filters that istiod sends.
var (
	listenerFilters = regexp.MustCompile(`\.(tls_inspector|http_inspector)\.`)
	networkFilters  = regexp.MustCompile(`\.(rbac|tcp_proxy|http_connection_manager)\.v3\.`)
	httpFilters     = regexp.MustCompile(`\.http\.(router|fault|cors|rbac|grpc_stats)\.`)
	perFilter       = regexp.MustCompile(`^envoy\.filters\.http\.(fault|cors|router|rbac|grpc_stats)$`)
)

// fitting is the outbound half of what istiod sends, in plain text to the upstream, without filters that upstream Envoy lacks. PROXY
// protocol says what a client dialled, in place of iptables; a pod with the address 10.1.2.3 is at 127.1.2.3.
type fitting struct {
	door uint32
}

func (f *fitting) response(r *discovery.DeltaDiscoveryResponse) error {
	kept := make([]*discovery.Resource, 0, len(r.Resources))
	for _, resource := range r.Resources {
		keep, err := f.resource(resource)
		if err != nil {
			return err
		}
		if keep {
			kept = append(kept, resource)
		}
	}
	r.Resources = kept
	return nil
}

func (f *fitting) resource(r *discovery.Resource) (bool, error) {
	message, err := r.Resource.UnmarshalNew()
	if err != nil {
		return false, err
	}
	keep := true
	switch m := message.(type) {
	case *cluster.Cluster:
		keep = fitCluster(m)
	case *endpoint.ClusterLoadAssignment:
		fitEndpoints(m)
	case *listener.Listener:
		keep, err = f.listener(m)
	case *route.RouteConfiguration:
		fitRoutes(m)
	default:
		return true, nil
	}
	if err != nil || !keep {
		return false, err
	}
	r.Resource, err = anypb.New(message)
	return true, err
}

func fitCluster(c *cluster.Cluster) bool {
	if !strings.HasPrefix(c.Name, "outbound|") || c.GetType() == cluster.Cluster_ORIGINAL_DST {
		return false
	}
	c.TransportSocket, c.TransportSocketMatches, c.Filters = nil, nil, nil
	unlimited := wrapperspb.UInt32(math.MaxUint32)
	c.CircuitBreakers = &cluster.CircuitBreakers{Thresholds: []*cluster.CircuitBreakers_Thresholds{{MaxRetries: unlimited}}}
	return true
}

func fitEndpoints(a *endpoint.ClusterLoadAssignment) {
	for _, locality := range a.Endpoints {
		for _, each := range locality.LbEndpoints {
			if address := each.GetEndpoint().GetAddress().GetSocketAddress(); strings.HasPrefix(address.GetAddress(), "10.") {
				address.Address = "127." + strings.TrimPrefix(address.Address, "10.")
			}
		}
	}
}

func (f *fitting) listener(l *listener.Listener) (bool, error) {
	isDoor := l.Name == virtualOutbound
	if !isDoor && l.TrafficDirection != core.TrafficDirection_OUTBOUND {
		return false, nil
	}
	l.AccessLog, l.Metadata, l.BindToPort = nil, nil, wrapperspb.Bool(isDoor)
	filters := make([]*listener.ListenerFilter, 0)
	if isDoor {
		l.AdditionalAddresses = nil
		l.Address = &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: "127.0.0.1", PortSpecifier: &core.SocketAddress_PortValue{PortValue: f.door},
		}}}
		config, err := anypb.New(&proxyprotocol.ProxyProtocol{})
		if err != nil {
			return false, err
		}
		filters = append(filters, &listener.ListenerFilter{
			Name:       "envoy.filters.listener.proxy_protocol",
			ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: config},
		})
	}
	for _, filter := range l.ListenerFilters {
		if listenerFilters.MatchString(filter.GetTypedConfig().GetTypeUrl()) {
			filters = append(filters, filter)
		}
	}
	l.ListenerFilters = filters
	for _, chain := range append([]*listener.FilterChain{l.DefaultFilterChain}, l.FilterChains...) {
		if err := fitChain(chain); err != nil {
			return false, err
		}
	}
	return true, nil
}

func fitChain(chain *listener.FilterChain) error {
	if chain == nil {
		return nil
	}
	kept := make([]*listener.Filter, 0, len(chain.Filters))
	for _, filter := range chain.Filters {
		config := filter.GetTypedConfig()
		if !networkFilters.MatchString(config.GetTypeUrl()) {
			continue
		}
		var fitted proto.Message
		if m := (&hcm.HttpConnectionManager{}); config.MessageIs(m) {
			if err := config.UnmarshalTo(m); err != nil {
				return err
			}
			fitHTTP(m)
			fitted = m
		} else if m := (&tcp.TcpProxy{}); config.MessageIs(m) {
			if err := config.UnmarshalTo(m); err != nil {
				return err
			}
			m.AccessLog = nil
			fitted = m
		}
		if fitted != nil {
			var err error
			if config, err = anypb.New(fitted); err != nil {
				return err
			}
		}
		kept = append(kept, &listener.Filter{Name: filter.Name, ConfigType: &listener.Filter_TypedConfig{TypedConfig: config}})
	}
	chain.Filters = kept
	return nil
}

func fitHTTP(m *hcm.HttpConnectionManager) {
	m.Tracing, m.RequestIdExtension, m.AccessLog = nil, nil, nil
	kept := make([]*hcm.HttpFilter, 0, len(m.HttpFilters))
	for _, filter := range m.HttpFilters {
		if httpFilters.MatchString(filter.GetTypedConfig().GetTypeUrl()) {
			kept = append(kept, filter)
		}
	}
	m.HttpFilters = kept
	if routes := m.GetRouteConfig(); routes != nil {
		fitRoutes(routes)
	}
}

func fitRoutes(routes *route.RouteConfiguration) {
	known(routes.TypedPerFilterConfig)
	for _, host := range routes.VirtualHosts {
		known(host.TypedPerFilterConfig)
		for _, each := range host.Routes {
			known(each.TypedPerFilterConfig)
			for _, weighted := range each.GetRoute().GetWeightedClusters().GetClusters() {
				known(weighted.TypedPerFilterConfig)
			}
		}
	}
}

func known[T proto.Message](configs map[string]T) {
	for filter := range configs {
		if !perFilter.MatchString(filter) {
			delete(configs, filter)
		}
	}
}
