/**
 * What a routing decision is made on: one request, as the client's proxy sees it after path normalisation.
 *
 * Header values are lists: a name can come in several lines, and each line is matched by itself. Query parameters
 * hold the first value of each name, raw (undecoded), as Envoy compares them.
 */
export interface Request {
  /** Path without query, as matched (`/` when empty). */
  readonly path: string;
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Host header or `:authority`, as sent: case and port included. */
  readonly authority: string;
  /** Port of the listener (sidecar) or of the server (gateway) that took the request. */
  readonly port: number;
  /** By lower-case name; each entry is the lines sent under that name. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** By name: the first value sent. */
  readonly query: Readonly<Record<string, string>>;
  readonly source: Source;
}

/** Who sends the request: the labels and the namespace of the client's proxy (at a gateway: the gateway's own). */
export interface Source {
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}
