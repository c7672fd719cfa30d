// Package simulation stands where Istio's own tests import its simulation of traffic: it has the same names, simulates too, and
// writes each simulated mesh with its calls and what is expected of them to the file that RECORD names, one JSON object a line.
package simulation

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking/core"
	real "istio.io/istio/pilot/pkg/simulation"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
)

type (
	Protocol                    = real.Protocol
	TLSMode                     = real.TLSMode
	CallMode                    = real.CallMode
	Call                        = real.Call
	Expect                      = real.Expect
	Result                      = real.Result
	CustomFilterChainValidation = real.CustomFilterChainValidation
)

const (
	HTTP      = real.HTTP
	HTTP2     = real.HTTP2
	TCP       = real.TCP
	Plaintext = real.Plaintext
	TLS       = real.TLS
	MTLS      = real.MTLS
)

var (
	ErrNoListener          = real.ErrNoListener
	ErrNoFilterChain       = real.ErrNoFilterChain
	ErrNoRoute             = real.ErrNoRoute
	ErrTLSRedirect         = real.ErrTLSRedirect
	ErrNoVirtualHost       = real.ErrNoVirtualHost
	ErrMultipleFilterChain = real.ErrMultipleFilterChain
	ErrProtocolError       = real.ErrProtocolError
	ErrTLSError            = real.ErrTLSError
	ErrMTLSError           = real.ErrMTLSError
	CallModeGateway        = real.CallModeGateway
	CallModeOutbound       = real.CallModeOutbound
	CallModeInbound        = real.CallModeInbound
)

// Simulation simulates, and records what it is asked.
type Simulation struct {
	*real.Simulation
	t      *testing.T
	record record
}

type record struct {
	Test       string         `json:"test"`
	Mesh       []string       `json:"mesh"`
	MeshConfig map[string]any `json:"meshConfig,omitempty"`
	Kinds      map[string]int `json:"kinds"`
	Proxy      proxy          `json:"proxy"`
	Calls      []call         `json:"calls"`
}

type proxy struct {
	Kind           string            `json:"kind"`
	Namespace      string            `json:"namespace"`
	Labels         map[string]string `json:"labels"`
	IP             string            `json:"ip"`
	ServiceAccount string            `json:"serviceAccount,omitempty"`
}

type call struct {
	Name   string              `json:"name"`
	Mode   string              `json:"mode"`
	Addr   string              `json:"address"`
	Port   int                 `json:"port"`
	Path   string              `json:"path"`
	Proto  string              `json:"protocol"`
	TLS    string              `json:"tls"`
	ALPN   string              `json:"alpn"`
	Host   string              `json:"host"`
	SNI    string              `json:"sni"`
	Header map[string][]string `json:"headers"`
	// What is expected.
	Error       string `json:"error"`
	Listener    string `json:"listener"`
	Chain       string `json:"chain"`
	Route       string `json:"route"`
	RouteConfig string `json:"routeConfig"`
	VirtualHost string `json:"virtualHost"`
	Cluster     string `json:"cluster"`
	Skip        string `json:"skip"`
}

func NewSimulation(t *testing.T, s *xds.FakeDiscoveryServer, p *model.Proxy) *Simulation {
	out := NewSimulationFromConfigGen(t, s.ConfigGenTest, p)
	ctx, all := context.Background(), metav1.ListOptions{}
	kube := s.KubeClient().Kube()
	add := func(kind, version string, list runtime.Object, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out.kube(kind, version, list)
	}
	services, err := kube.CoreV1().Services("").List(ctx, all)
	add("Service", "v1", services, err)
	pods, err := kube.CoreV1().Pods("").List(ctx, all)
	add("Pod", "v1", pods, err)
	slices, err := kube.DiscoveryV1().EndpointSlices("").List(ctx, all)
	add("EndpointSlice", "discovery.k8s.io/v1", slices, err)
	ingresses, err := kube.NetworkingV1().Ingresses("").List(ctx, all)
	add("Ingress", "networking.k8s.io/v1", ingresses, err)
	return out
}

func NewSimulationFromConfigGen(t *testing.T, s *core.ConfigGenTest, p *model.Proxy) *Simulation {
	kind := "sidecar"
	if p.Type == model.Router {
		kind = "gateway"
	}
	namespace := p.Metadata.Namespace
	if namespace == "" {
		namespace = p.ConfigNamespace
	}
	out := &Simulation{real.NewSimulationFromConfigGen(t, s, p), t, record{
		Test:       t.Name(),
		Kinds:      map[string]int{},
		MeshConfig: differing(s),
		Proxy:      proxy{kind, namespace, p.Labels, p.IPAddresses[0], p.Metadata.ServiceAccount},
	}}
	var configs []config.Config
	for _, schema := range collections.Pilot.All() {
		if strings.HasSuffix(schema.GroupVersionKind().Group, "istio.io") {
			configs = append(configs, s.Store().List(schema.GroupVersionKind(), "")...)
		}
	}
	for _, c := range configs {
		// all are equally old
		c.ResourceVersion, c.CreationTimestamp = "", time.Time{}
		object, err := crd.ConvertConfig(c)
		if err != nil {
			t.Fatal(err)
		}
		out.add(c.GroupVersionKind.Kind, object)
	}
	return out
}

// RunExpectations records, and runs.
func (s *Simulation) RunExpectations(es []Expect) {
	for _, e := range es {
		s.record.Calls = append(s.record.Calls, callOf(e))
	}
	s.Simulation.RunExpectations(es)
	line, err := json.Marshal(s.record)
	if err != nil {
		s.t.Fatal(err)
	}
	file, err := os.OpenFile(os.Getenv("RECORD"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\n')); err != nil {
		s.t.Fatal(err)
	}
}

func callOf(e Expect) call {
	c, r := e.Call.FillDefaults(), e.Result
	out := call{
		Name: e.Name, Mode: string(c.CallMode), Addr: c.Address, Port: c.Port, Path: c.Path, Proto: string(c.Protocol), TLS: string(c.TLS),
		ALPN: c.Alpn, Host: c.HostHeader, SNI: c.Sni, Header: c.Headers,
		Listener: r.ListenerMatched, Chain: r.FilterChainMatched, Route: r.RouteMatched, RouteConfig: r.RouteConfigMatched,
		VirtualHost: r.VirtualHostMatched, Cluster: r.ClusterMatched, Skip: r.Skip,
	}
	if r.Error != nil {
		out.Error = r.Error.Error()
	}
	return out
}

func (s *Simulation) kube(kind, version string, list runtime.Object) {
	data, err := json.Marshal(list)
	if err != nil {
		s.t.Fatal(err)
	}
	var parsed struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(data, &parsed); err != nil {
		s.t.Fatal(err)
	}
	for _, item := range parsed.Items {
		item["apiVersion"], item["kind"] = version, kind
		s.add(kind, item)
	}
}

func (s *Simulation) add(kind string, object any) {
	text, err := yaml.Marshal(object)
	if err != nil {
		s.t.Fatal(err)
	}
	s.record.Mesh = append(s.record.Mesh, string(text))
	s.record.Kinds[kind]++
}

// differing is what a mesh's settings say otherwise than by default.
func differing(s *core.ConfigGenTest) map[string]any {
	fields := func(m proto.Message) map[string]any {
		out := map[string]any{}
		data, err := protojson.Marshal(m)
		if err == nil {
			_ = json.Unmarshal(data, &out)
		}
		return out
	}
	out := fields(s.Env().Mesh())
	for name, value := range fields(mesh.DefaultMeshConfig()) {
		a, _ := json.Marshal(value)
		b, _ := json.Marshal(out[name])
		if string(a) == string(b) {
			delete(out, name)
		}
	}
	return out
}
