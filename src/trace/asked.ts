import type { Passed, Refused } from './admission';
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
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** A request as a route sees it. What few routes ask for is made when one does. */
export class AskedRequest implements Asked {
  readonly plain: string;
  private parsed: ReadonlyMap<string, string> | undefined;
  private all: Headers | undefined;
  private given: Headers | undefined;
  private readonly passed: Passed | undefined;
  /** What a filter before the routes answers; nothing where the route decides. */
  readonly refused: Refused | undefined;

  constructor(
    private readonly request: TraceRequest,
    /** As the proxy normalizes it. */
    readonly path: string,
    readonly scheme: string,
    /** What filters before the routes made of it. @default there are none */
    filtered?: Passed | Refused,
  ) {
    if (filtered && 'status' in filtered) this.refused = filtered;
    else this.passed = filtered;
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

  get claims(): Passed['claims'] {
    return this.passed?.claims;
  }

  /** Whether it may be another than the client sent. */
  get isChanged(): boolean {
    return this.passed !== undefined;
  }

  header(name: string): readonly string[] | undefined {
    if (name === ':method') return [this.method];
    if (name === ':authority') return [this.host];
    if (name === ':scheme') return [this.scheme];
    // the route is chosen again only where a token was taken
    return this.passed?.claims ? this.passed.headers.get(name) : linesOf(this.request, name);
  }

  /** All of them, those of HTTP/2 among them, as filters before the routes left them. */
  get headers(): Headers {
    this.all ??= this.passed ? this.whole(new Map(this.passed.headers)) : this.sent;
    return this.all;
  }

  /** The same as the client sent them. */
  get sent(): Headers {
    this.given ??= this.whole(headersOf(this.request));
    return this.given;
  }

  private whole(headers: Headers): Headers {
    return headers.set(':method', [this.method]).set(':authority', [this.host]).set(':scheme', [this.scheme]);
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
