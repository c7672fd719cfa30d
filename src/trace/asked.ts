import { type Protocol, protocolOf } from './change-request';
import { type Headers, headersOf, linesOf, queryOf, type TraceRequest, withoutQuery } from './request';

/** What conditions of routes ask about. */
export interface Asked {
  /** With its query. */
  readonly path: string;
  /** Without. */
  readonly plain: string;
  readonly query: ReadonlyMap<string, string>;
  /** The lines of a header, by its lower-case name; `:method`, `:authority` and `:scheme` are headers too. */
  header(name: string): readonly string[] | undefined;
  /** Claims of the request's token, where one was found valid. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A request as a route sees it. What few routes ask for is made when one does. */
export class AskedRequest implements Asked {
  readonly plain: string;
  private parsed: ReadonlyMap<string, string> | undefined;
  private all: Headers | undefined;

  constructor(
    private readonly request: TraceRequest,
    /** As the proxy normalizes it. */
    readonly path: string,
    readonly scheme: string,
  ) {
    this.plain = withoutQuery(path);
  }

  get method(): string {
    return this.request.method;
  }

  get host(): string {
    return this.request.host;
  }

  get protocol(): Protocol {
    return protocolOf(this.request);
  }

  get query(): ReadonlyMap<string, string> {
    this.parsed ??= parseQuery(this.path);
    return this.parsed;
  }

  header(name: string): readonly string[] | undefined {
    if (name === ':method') return [this.method];
    if (name === ':authority') return [this.host];
    if (name === ':scheme') return [this.scheme];
    return linesOf(this.request, name);
  }

  /** All of them, those of HTTP/2 among them. */
  get headers(): Headers {
    this.all ??= headersOf(this.request)
      .set(':method', [this.method])
      .set(':authority', [this.host])
      .set(':scheme', [this.scheme]);
    return this.all;
  }
}

/** The first value of each name, as it is sent. */
export function parseQuery(path: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const text = queryOf(path).slice(1);
  if (text === '') return out;
  for (const part of text.split('&')) {
    const at = part.indexOf('=');
    const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    if (!out.has(name)) out.set(name, value);
  }
  return out;
}
