import { isHttp, parseProtocol } from '../values/port-protocol';
import { byteLength, type Field } from './field';

const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILD_LABEL = /^(\*|(\*|\*-)?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const PARTS = 'letters, digits and "-", with a letter or digit at both ends, 63 characters at most';

/** A name without dots; capitals may be, other than in Kubernetes. Source: pkg/config/labels, IsDNS1123Label. */
export const isLabel = (text: string): boolean => text.length <= 63 && LABEL.test(text);

/** A name without dots: of a subset, a port, a namespace. */
export function label(field: Field, text = field.text): void {
  if (!isLabel(text)) field.error(text === '' ? 'has to be a name, and is empty' : `"${text}" has to be ${PARTS}`);
}

/** What is wrong about a host's length. Source: agent/validation.go, CheckDNS1123Preconditions. */
function length(name: string): string | undefined {
  if (byteLength(name) > 255) return `"${name.slice(0, 40)}…" is longer than 255 characters`;
  return name === '' ? 'is empty: name a host' : undefined;
}

/** Source: agent/validation.go, ValidateDNS1123Labels. */
function labels(domain: string, whole: string): string | undefined {
  const parts = domain.split('.');
  const last = parts.at(-1)!;
  if (isGoInt(last)) return `"${whole}" is no name of a host: its last part, "${last}", is a number`;
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part === '') return undefined; // `istio.io.`
    if (!isLabel(part)) return `"${whole}" is no name of a host: "${part}" has to be ${PARTS}`;
  }
  return undefined;
}

/** What is wrong about the full name of a host, if anything. Source: agent/validation.go, ValidateFQDN. */
export const wrongName = (name: string): string | undefined => length(name) ?? labels(name, name);

/** The same, where its first part may be or begin with `*`. Source: agent/validation.go, ValidateWildcardDomain. */
export function wrongWildName(name: string): string | undefined {
  const wrong = length(name);
  if (wrong !== undefined) return wrong;
  const dot = name.indexOf('.');
  const first = dot < 0 ? name : name.slice(0, dot);
  if (first.length > 63 || !WILD_LABEL.test(first)) {
    const why =
      name.includes('/') || name.includes(':')
        ? 'give the name alone, without a scheme, a port or a path'
        : `"${first}" has to be ${PARTS}, after a "*" if there is one`;
    return `"${name}" is no name of a host: ${why}`;
  }
  return dot < 0 ? undefined : labels(name.slice(dot + 1), name);
}

/** Whether Go's strconv.Atoi takes it. */
export const isGoInt = (text: string): boolean =>
  /^[+-]?\d+$/.test(text) &&
  (text.length < 16 || BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', '')));

/** Says what is wrong, if anything. */
export function tell(field: Field, wrong: string | undefined): void {
  if (wrong !== undefined) field.error(wrong);
}

/** A port's number. Source: agent/validation.go, ValidatePort. */
export function portNumber(field: Field): void {
  const n = field.number;
  if (!(n >= 1 && n <= 65_535))
    field.error(
      field.value === undefined ? 'is missing: a port is a number from 1 to 65535' : `${n} is no port: ports are 1 to 65535`,
    );
}

const PROTOCOLS = 'HTTP, HTTP2, GRPC, GRPC-Web, HTTPS, TLS, TCP, Mongo, Redis, MySQL';

/** A protocol, which may be left out where Envoy can find out. Source: validation.go, ValidateProtocol. */
export function protocol(field: Field, required = false): void {
  const { text } = field;
  if ((required || text !== '') && parseProtocol(text) === 'Unsupported')
    field.error(
      text === '' ? `is missing: it has to be one of ${PROTOCOLS}` : `"${text}" is no protocol: there are ${PROTOCOLS}`,
    );
}

/** Whether a port speaks HTTP in plain. */
export const speaksHttp = (port: Field): boolean => isHttp(parseProtocol(port.at('protocol').text));

/** A socket's path. Source: validation.go, ValidateUnixAddress. */
export function unixPath(field: Field): void {
  const path = field.text.slice(UNIX.length);
  if (path.startsWith('@')) return; // abstract sockets
  if (!path.startsWith('/') || path.endsWith('/'))
    field.error(
      `"${field.text}" is no socket: after "unix://" comes an absolute path to a file, such as "unix:///var/run/app.sock"`,
    );
}

const UNIX = 'unix://';
export const isUnix = (text: string): boolean => text.startsWith(UNIX);
