// Command analyze runs Istio's analyzers in process, on JSON lines {id, yaml | files, meshConfigFile?,
// meshNetworksFile?, meshConfig? (text), analyzers? (names)} from stdin; output JSON lines
// {id, cli, full, pods, errors, skipped}:
//
//	cli   what `istioctl analyze -A --use-kube=false` loads: Service, Namespace, Node, Pod and Secret of
//	      the files are NOT loaded, and every analyzer that needs one of them is skipped
//	full  every kind of the files is loaded (as analyzers_test.go does, and as a live cluster would)
//	pods  as full, plus one Pod for each Deployment/StatefulSet/DaemonSet/Job template (with an
//	      istio-proxy container where the injector would have added one)
//
// -names prints the analyzers: name and Go type.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/config/analysis"
	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/analyzers/maturity"
	"istio.io/istio/pkg/config/analysis/diag"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/log"
)

type Case struct {
	ID               string   `json:"id"`
	Yaml             string   `json:"yaml"`
	Files            []string `json:"files"`
	MeshConfig       string   `json:"meshConfig"`
	MeshConfigFile   string   `json:"meshConfigFile"`
	MeshNetworksFile string   `json:"meshNetworksFile"`
	Analyzers        []string `json:"analyzers"`
}

type Finding struct {
	Code     string `json:"code"`
	Level    string `json:"level"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
	At       string `json:"at,omitempty"`
}

type Out struct {
	ID      string    `json:"id"`
	Cli     []Finding `json:"cli"`
	Full    []Finding `json:"full"`
	Pods    []Finding `json:"pods"`
	Errors  []string  `json:"errors,omitempty"`
	Skipped []string  `json:"skipped,omitempty"`
}

type src struct{ name, text string }

func derive(srcs []src) string {
	nsLabels := map[string]map[string]any{}
	var ws []map[string]any
	var objs []map[string]any
	var walk func(o map[string]any)
	walk = func(o map[string]any) {
		if o["kind"] == "List" {
			if items, ok := o["items"].([]any); ok {
				for _, i := range items {
					if m, ok := i.(map[string]any); ok {
						walk(m)
					}
				}
			}
			return
		}
		objs = append(objs, o)
	}
	for _, s := range srcs {
		rd := kubeyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(s.text)))
		for {
			d, err := rd.Read()
			if err != nil {
				break
			}
			o := map[string]any{}
			if yaml.Unmarshal(d, &o) == nil {
				walk(o)
			}
		}
	}
	for _, o := range objs {
		md, _ := o["metadata"].(map[string]any)
		switch o["kind"] {
		case "Namespace":
			l, _ := md["labels"].(map[string]any)
			nsLabels[fmt.Sprint(md["name"])] = l
		case "Deployment", "StatefulSet", "DaemonSet", "Job":
			ws = append(ws, o)
		}
	}
	var out bytes.Buffer
	for _, o := range ws {
		md, _ := o["metadata"].(map[string]any)
		spec, _ := o["spec"].(map[string]any)
		t, _ := spec["template"].(map[string]any)
		if t == nil {
			continue
		}
		tm, _ := t["metadata"].(map[string]any)
		labels, _ := tm["labels"].(map[string]any)
		ann, _ := tm["annotations"].(map[string]any)
		ps, _ := t["spec"].(map[string]any)
		b, _ := json.Marshal(ps)
		ps = map[string]any{}
		_ = json.Unmarshal(b, &ps)
		ns, _ := md["namespace"].(string)
		nl := nsLabels[ns]
		inj := nl["istio-injection"] == "enabled" || (nl["istio-injection"] == nil && nl["istio.io/rev"] != nil)
		if nl["istio-injection"] == "disabled" {
			inj = false
		} else {
			if v, ok := ann["sidecar.istio.io/inject"]; ok {
				inj = fmt.Sprint(v) == "true" || (inj && fmt.Sprint(v) != "false")
			}
			if v, ok := labels["sidecar.istio.io/inject"]; ok {
				inj = fmt.Sprint(v) == "true"
			}
		}
		if hn, _ := ps["hostNetwork"].(bool); hn {
			inj = false
		}
		if inj {
			has := false
			cs, _ := ps["containers"].([]any)
			for _, c := range cs {
				if m, ok := c.(map[string]any); ok && m["name"] == "istio-proxy" {
					has = true
					if m["image"] == "auto" { // the injector replaces it
						m["image"] = "docker.io/istio/proxyv2:1.31.0"
					}
				}
			}
			if !has {
				ps["containers"] = append(cs, map[string]any{"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.31.0"})
			}
		}
		m := map[string]any{"name": fmt.Sprint(md["name"], "-0"), "labels": labels}
		if ns != "" {
			m["namespace"] = ns
		}
		if ann != nil {
			m["annotations"] = ann
		}
		pod, _ := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": m, "spec": ps})
		out.WriteString("---\n")
		out.Write(pod)
	}
	return out.String()
}

func combined(names []string) analysis.CombinedAnalyzer {
	if len(names) == 0 {
		return analyzers.AllCombined()
	}
	var sel []analysis.Analyzer
	for _, a := range append(analyzers.All(), &maturity.AlphaAnalyzer{}) {
		for _, n := range names {
			if a.Metadata().Name == n {
				sel = append(sel, a)
			}
		}
	}
	if len(sel) == 0 {
		panic("no such analyzer: " + strings.Join(names, ","))
	}
	return analysis.Combine("named", sel...)
}

func one(c Case, srcs []src, cli bool) (fs []Finding, skipped []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	sa := local.NewIstiodAnalyzer(combined(c.Analyzers), "", "istio-system", nil)
	if c.MeshConfig != "" {
		f, _ := os.CreateTemp("", "mc*.yaml")
		_, _ = f.WriteString(c.MeshConfig)
		f.Close()
		defer os.Remove(f.Name())
		c.MeshConfigFile = f.Name()
	}
	if c.MeshConfigFile != "" {
		if err := sa.AddFileKubeMeshConfig(c.MeshConfigFile); err != nil {
			return nil, nil, err
		}
	}
	if c.MeshNetworksFile != "" && !cli {
		if err := sa.AddFileKubeMeshNetworks(c.MeshNetworksFile); err != nil {
			return nil, nil, err
		}
	}
	var readers []local.ReaderSource
	for _, s := range srcs {
		readers = append(readers, local.ReaderSource{Name: s.name, Reader: strings.NewReader(s.text)})
	}
	var perr error
	if cli {
		if err := sa.AddDefaultResources(); err != nil {
			return nil, nil, err
		}
		perr = sa.AddReaderKubeSource(readers)
	} else {
		perr = sa.AddTestReaderKubeSource(readers)
		if err := sa.AddDefaultResources(); err != nil {
			return nil, nil, err
		}
	}
	stop := make(chan struct{})
	defer close(stop)
	res, err := sa.Analyze(stop)
	if err != nil {
		return nil, nil, err
	}
	fs = []Finding{}
	for _, m := range res.Messages {
		m := m
		u := m.Unstructured(true)
		f := Finding{Code: m.Type.Code(), Level: m.Type.Level().String(), Message: fmt.Sprint(u["message"])}
		if o, ok := u["origin"]; ok {
			f.Resource = fmt.Sprint(o)
		}
		if o, ok := u["reference"]; ok {
			f.At = fmt.Sprint(o)
		}
		fs = append(fs, f)
	}
	return fs, res.SkippedAnalyzers, perr
}

var _ = diag.Error

func main() {
	names := flag.Bool("names", false, "print the analyzers")
	flag.Parse()
	for _, s := range log.Scopes() {
		s.SetOutputLevel(log.NoneLevel)
	}
	if *names {
		for _, a := range append(analyzers.All(), &maturity.AlphaAnalyzer{}) {
			var in []string
			for _, i := range a.Metadata().Inputs {
				in = append(in, i.Kind)
			}
			b, _ := json.Marshal(map[string]any{"name": a.Metadata().Name, "type": strings.TrimPrefix(fmt.Sprintf("%T", a), "*"), "inputs": in})
			fmt.Println(string(b))
		}
		return
	}
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<28)
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var c Case
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		var srcs []src
		if c.Yaml != "" {
			srcs = append(srcs, src{"mesh.yaml", c.Yaml})
		}
		for _, f := range c.Files {
			h, err := os.Open(f)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			b, _ := io.ReadAll(h)
			h.Close()
			srcs = append(srcs, src{f, string(b)})
		}
		o := Out{ID: c.ID}
		add := func(what string, err error) {
			if err != nil {
				o.Errors = append(o.Errors, what+": "+err.Error())
			}
		}
		var err error
		o.Cli, o.Skipped, err = one(c, srcs, true)
		add("cli", err)
		o.Full, _, err = one(c, srcs, false)
		add("full", err)
		if extra := derive(srcs); extra != "" {
			o.Pods, _, err = one(c, append(append([]src{}, srcs...), src{"derived-pods.yaml", extra}), false)
			add("pods", err)
		} else {
			o.Pods = o.Full
		}
		_ = enc.Encode(o)
	}
}
