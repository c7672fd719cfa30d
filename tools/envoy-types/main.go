// Command envoy-types prints the messages that istiod can decode an EnvoyFilter's values into, one a line, for
// tools/envoy-types.ts: {name, fields: [{name, json, kind, type, list, key}]} and {enum, values}.
package main

import (
	"encoding/json"
	"os"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "istio.io/istio/pkg/config/schema/collections"
	_ "istio.io/istio/pkg/config/xds"
)

type Field struct {
	Name string `json:"name"`
	JSON string `json:"json"`
	Kind string `json:"kind"`
	Type string `json:"type,omitempty"`
	List bool   `json:"list,omitempty"`
	Key  string `json:"key,omitempty"`
}

type Message struct {
	Name   string  `json:"name"`
	Fields []Field `json:"fields"`
}

type Enum struct {
	Enum   string           `json:"enum"`
	Values map[string]int32 `json:"values"`
}

func typeOf(f protoreflect.FieldDescriptor) (string, string) {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return "message", string(f.Message().FullName())
	case protoreflect.EnumKind:
		return "enum", string(f.Enum().FullName())
	}
	return f.Kind().String(), ""
}

func main() {
	enc := json.NewEncoder(os.Stdout)
	seen := map[protoreflect.FullName]bool{}
	protoregistry.GlobalTypes.RangeMessages(func(t protoreflect.MessageType) bool {
		d := t.Descriptor()
		m := Message{Name: string(d.FullName()), Fields: []Field{}}
		for i := 0; i < d.Fields().Len(); i++ {
			f := d.Fields().Get(i)
			out := Field{Name: string(f.Name()), JSON: f.JSONName(), List: f.IsList()}
			v := f
			if f.IsMap() {
				out.Key = f.MapKey().Kind().String()
				v = f.MapValue()
			}
			out.Kind, out.Type = typeOf(v)
			if v.Enum() != nil && !seen[v.Enum().FullName()] {
				e := v.Enum()
				seen[e.FullName()] = true
				values := map[string]int32{}
				for j := 0; j < e.Values().Len(); j++ {
					values[string(e.Values().Get(j).Name())] = int32(e.Values().Get(j).Number())
				}
				_ = enc.Encode(Enum{string(e.FullName()), values})
			}
			m.Fields = append(m.Fields, out)
		}
		_ = enc.Encode(m)
		return true
	})
}
