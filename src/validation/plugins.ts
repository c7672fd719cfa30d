import { byteLength, type Field } from './field';
import { tell } from './names';
import { targets } from './targets';
import { wrongPluginUrl } from './url';
import type { Validated } from './validated';

/** Source: pkg/config/validation/validation.go, ValidateWasmPlugin. */
export function wasmPlugin({ spec }: Validated): void {
  targets(spec);
  plugin(spec);
  trafficMatch(spec.at('match'));
}

/** Source: pkg/config/validation/validation.go, ValidateTrafficExtension. */
export function trafficExtension({ spec }: Validated): void {
  targets(spec);
  // of both, the last one counts
  const [wasm, lua] = [spec.at('wasm'), spec.at('lua')];
  if (lua.given) {
    const code = lua.at('inlineCode');
    if (code.text === '') code.error('is missing: write the code there');
    else if (byteLength(code.text) > 65_536) code.error('is longer than 64 kB');
  } else if (wasm.given) plugin(wasm);
  else spec.error('has no code: it needs wasm or lua');
  trafficMatch(spec.at('match'));
}

function plugin(field: Field): void {
  tell(field.at('url'), wrongPluginUrl(field.at('url').text));
  const sum = field.at('sha256');
  if (sum.text !== '' && !/^[a-f0-9]{64}$/.test(sum.text))
    sum.error(`"${sum.text}" is no sum: it is 64 digits of 0-9 and a-f, in lower case`);
  longest(field.at('imagePullSecret'), 253);
  longest(field.at('pluginName'), 256);
  environment(field.at('vmConfig').at('env'));
}

function longest(field: Field, length: number): void {
  if (byteLength(field.text) > length) field.error(`"${field.text.slice(0, 40)}…" is longer than ${length} characters`);
}

/** Source: validation.go, validateWasmPluginVMConfig. */
function environment(list: Field): void {
  const names = new Set<string>();
  for (const item of list.items()) {
    const [name, value] = [item.at('name'), item.at('value')];
    if (name.text === '') name.error('is missing: name the variable');
    else longest(name, 256);
    if (names.has(name.text)) name.error(`"${name.text}" is there twice`);
    names.add(name.text);
    if (item.at('valueFrom').text === 'HOST' && value.text !== '')
      value.error('stands beside "valueFrom: HOST", which takes it from the proxy: take one of the two out');
  }
}

function trafficMatch(list: Field): void {
  for (const item of list.items())
    for (const port of item.at('ports').items()) {
      const n = port.at('number');
      if (!(n.number > 0 && n.number <= 65_535)) n.error(`${n.number} is no port: ports are 1 to 65535`);
    }
}
