// Command validate prints, for each Istio object of YAML files (or "-" / no argument: stdin), what
// Istio's validating webhook answers: JSON lines {file, doc, line, resource, kind, errors, warnings}.
// It follows pkg/webhooks/validation/server/server.go validate(): find the schema by group+kind,
// crd.ConvertObject, ValidateConfig with the full metadata, then the check of top-level fields.
// -jsonl: the input is JSON lines {id, yaml}; the output is {id, webhook: [...]}.
// -crd FILE: also what the CRDs of that file say (OpenAPI and CEL), which the API server asks before the webhook.
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

	"github.com/hashicorp/go-multierror"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/resource"
	"istio.io/istio/pkg/config/validation"
	_ "istio.io/istio/pkg/config/xds" // EnvoyFilter values
	"istio.io/istio/pkg/log"
)

type Result struct {
	File     string   `json:"file,omitempty"`
	Doc      int      `json:"doc"`
	Resource string   `json:"resource"`        // "Kind ns/name"
	Stage    string   `json:"stage,omitempty"` // where it was refused: decode | schema | validate | fields
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
	CRD      []string `json:"crd,omitempty"`
}

var validFields = map[string]bool{"apiVersion": true, "kind": true, "metadata": true, "spec": true, "status": true}

func flatten(err error) []string {
	if err == nil {
		return []string{}
	}
	if me, ok := err.(*multierror.Error); ok {
		out := []string{}
		for _, e := range me.Errors {
			out = append(out, flatten(e)...)
		}
		return out
	}
	return []string{err.Error()}
}

func flattenW(w validation.Warning) []string {
	if w == nil {
		return []string{}
	}
	return flatten(error(w))
}

type meta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

func check(doc []byte, defaultNS string) *Result {
	raw, err := yaml.YAMLToJSON(doc)
	if err != nil {
		return &Result{Resource: "?", Stage: "decode", Errors: []string{"yaml: " + err.Error()}, Warnings: []string{}}
	}
	var m meta
	if err := json.Unmarshal(raw, &m); err != nil || !strings.Contains(m.APIVersion, "istio.io/") {
		return nil
	}
	if m.Metadata.Namespace == "" && defaultNS != "" {
		m.Metadata.Namespace = defaultNS
		var o map[string]any
		_ = json.Unmarshal(raw, &o)
		if md, ok := o["metadata"].(map[string]any); ok {
			md["namespace"] = defaultNS
			raw, _ = json.Marshal(o)
		}
	}
	name := m.Metadata.Name
	if m.Metadata.Namespace != "" {
		name = m.Metadata.Namespace + "/" + name
	}
	r := &Result{Resource: m.Kind + " " + name, Errors: []string{}, Warnings: []string{}}
	var obj crd.IstioKind
	if err := json.Unmarshal(raw, &obj); err != nil {
		r.Stage, r.Errors = "decode", []string{fmt.Sprintf("cannot decode configuration: %v", err)}
		return r
	}
	gvk := obj.GroupVersionKind()
	s, ok := collections.PilotGatewayAPI().FindByGroupKind(resource.FromKubernetesGVK(&gvk))
	if !ok {
		s, ok = collections.Istio.FindByGroupKind(resource.FromKubernetesGVK(&gvk))
	}
	if !ok {
		r.Stage, r.Errors = "schema", []string{fmt.Sprintf("unrecognized type %v", gvk)}
		return r
	}
	out, err := crd.ConvertObject(s, &obj, "cluster.local")
	if err != nil {
		r.Stage, r.Errors = "decode", []string{fmt.Sprintf("error decoding configuration: %v", err)}
		return r
	}
	w, err := s.ValidateConfig(*out)
	r.Warnings = flattenW(w)
	if err != nil {
		r.Stage, r.Errors = "validate", flatten(err)
		return r
	}
	trial := map[string]json.RawMessage{}
	_ = json.Unmarshal(raw, &trial)
	for k := range trial {
		if !validFields[k] {
			r.Stage = "fields"
			r.Errors = append(r.Errors, fmt.Sprintf("unknown field %q on %s resource %s/%s", k, m.Kind, m.Metadata.Namespace, m.Metadata.Name))
		}
	}
	return r
}

func docs(b []byte) [][]byte {
	rd := kubeyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b)))
	var out [][]byte
	for {
		d, err := rd.Read()
		if err == io.EOF {
			return out
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return out
		}
		out = append(out, append([]byte{}, d...))
	}
}

func all(b []byte, file, ns string, crds *crdChecker) []*Result {
	out := []*Result{}
	for i, d := range docs(b) {
		if len(bytes.TrimSpace(d)) == 0 {
			continue
		}
		r := check(d, ns)
		if r == nil {
			continue
		}
		r.Doc, r.File = i, file
		if crds != nil {
			r.CRD = crds.check(d)
		}
		out = append(out, r)
	}
	return out
}

func main() {
	jsonl := flag.Bool("jsonl", false, "input is JSON lines {id, yaml}")
	ns := flag.String("n", "", "namespace for objects without one (a cluster would say default)")
	crdFile := flag.String("crd", "", "also check against the CRDs of this file")
	flag.Parse()
	var crds *crdChecker
	if *crdFile != "" {
		crds = newCRDChecker(*crdFile)
	}
	for _, s := range log.Scopes() {
		s.SetOutputLevel(log.NoneLevel)
	}
	w := bufio.NewWriter(os.Stdout)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	args := flag.Args()
	if len(args) == 0 {
		args = []string{"-"}
	}
	for _, f := range args {
		in := io.Reader(os.Stdin)
		if f != "-" {
			h, err := os.Open(f)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			in = h
		}
		if *jsonl {
			sc := bufio.NewScanner(in)
			sc.Buffer(make([]byte, 1<<20), 1<<28)
			for sc.Scan() {
				var c struct{ ID, Yaml string }
				if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(2)
				}
				_ = enc.Encode(map[string]any{"id": c.ID, "webhook": all([]byte(c.Yaml), "", *ns, crds)})
			}
			continue
		}
		b, err := io.ReadAll(in)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, r := range all(b, f, *ns, crds) {
			_ = enc.Encode(r)
		}
	}
}
