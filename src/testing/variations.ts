import { everyWay } from '../diff/every-way';
import { UNSIGNED } from '../diff/tokens';
import type { MeshModel } from '../model/mesh-model';
import type { Client } from '../trace/client';
import type { Trace } from '../trace/flow';
import { type Next, passesOn } from '../trace/hops';
import type { TraceRequest } from '../trace/request';
import { isSigned } from '../trace/signature';
import type { World } from '../trace/token';

/** What a request says: all requests like it say the same. */
export interface Told {
  readonly path: string | undefined;
  readonly method: string | undefined;
  readonly headers: TraceRequest['headers'];
}

/** How it goes on. */
export interface Onwards {
  readonly onwards: readonly ((client: Client) => Next)[];
  readonly propagated: readonly string[];
}

/** Requests like one, and what to ask them with. */
export interface Variations {
  readonly requests: readonly TraceRequest[];
  readonly doubts: readonly string[];
  readonly world: World;
}

/** Small, fast and the same everywhere: mulberry32. */
function random(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Requests like the first, which is among them: one for every way that routes and policies have for it, and others by chance up to
 * the number. Tokens are made, and count as signed.
 */
export function variations(
  model: MeshModel,
  { request, client }: Pick<Trace, 'request' | 'client'>,
  told: Told,
  { onwards, propagated }: Onwards,
  count: number,
  seed: number,
): Variations {
  const isSaid = (dimension: string): boolean => {
    if (dimension === 'path' || dimension.startsWith('query:')) return told.path !== undefined;
    if (dimension === 'method') return told.method !== undefined;
    if (dimension === 'token') return Object.hasOwn(told.headers, 'authorization');
    return dimension.startsWith('header:') && Object.hasOwn(told.headers, dimension.slice('header:'.length));
  };
  const isPassedOn = (name: string) => passesOn(name, propagated);
  const { requests, doubts, any } = everyWay({ model, client, base: request, isSaid, onwards, isPassedOn });
  const all = new Map([request, ...requests].map((r) => [JSON.stringify(r), r]));
  const out = [...all.values()];
  const rnd = random(seed);
  while (out.length < count) out.push(any(rnd));
  return { requests: out, doubts, world: MADE };
}

/** A token that was made for a test is signed. */
const MADE: World = {
  isSigned: (jwks, header, text, signature) => signature === UNSIGNED || isSigned(jwks, header, text, signature),
};
