/** Why the API server refused, in parts. Source: k8s.io/apimachinery, StatusCause. */
export interface Cause {
  /** `FieldManagerConflict`, `FieldValueInvalid` … */
  readonly reason: string;
  /** The field that it is about: `.spec.http`. @default - the whole object */
  readonly field?: string;
  /** The server's words. */
  readonly message: string;
}

/** What the API server answered instead of what it was asked for. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** The machine's word for it: `Conflict`, `NotFound`, `Invalid`; empty where the server gives none. */
  readonly reason: string;
  /** The server's words, and what to do, without what it is about. */
  readonly said: string;
  /** Why, in parts; none where the server gives none. */
  readonly causes: readonly Cause[];
  /** The kind that a 404 is about (`namespaces`); empty where the path itself is unknown. */
  readonly about: string;

  /** @param why what is known of it besides, in place of the usual remedy */
  constructor(status: number, body: unknown, what: string, why?: string) {
    const { message, reason = '', details = {} } = isStatus(body) ? body : ({} as Partial<Status>);
    const text = message ?? (typeof body === 'string' && body !== '' ? body.trim().slice(0, 500) : `HTTP ${status}`);
    const said = `${withoutNoise(text)}${why === undefined ? (REMEDIES[status] ?? '') : ` (${why})`}`;
    super(`${what}: ${said}`);
    this.said = said;
    this.status = status;
    this.reason = reason;
    this.about = details.kind ?? '';
    this.causes = (details.causes ?? []).map(({ reason = '', message = '', field }) => ({
      reason,
      message,
      ...(field === undefined ? {} : { field }),
    }));
  }

  /** Fields that other managers own, and that say something else there. */
  get conflicts(): readonly Cause[] {
    return this.causes.filter((c) => c.reason === 'FieldManagerConflict');
  }

  /** Whether it is about a field that cannot change once it is there: Kubernetes says so in words alone. */
  get isImmutable(): boolean {
    return this.immutable.length > 0;
  }

  /** The causes that say so; others, where there are some, hold for an object that is made anew, too. */
  get immutable(): readonly Cause[] {
    return this.status === 422 ? this.causes.filter((c) => IMMUTABLE.test(c.message)) : [];
  }

  /** Whether a field is none of the kind's. Source: apimachinery, strict decoding, and structured-merge-diff, typed. */
  get isUnknownField(): boolean {
    return /unknown field|field not declared in schema/.test(this.said);
  }

  /** Whether the namespace is on its way out. */
  get isTerminating(): boolean {
    return this.causes.some((c) => c.reason === 'NamespaceTerminating');
  }
}

const IMMUTABLE =
  /field is immutable|may not change once set|is immutable|cannot be changed|cannot change roleRef|may not be changed in an update|updates to statefulset spec for fields other than/i;

/** What is to be done, where the server does not say. */
const REMEDIES: Readonly<Record<number, string>> = {
  401: ' (the credentials of the context are not good, or no longer: log in again)',
  413: ' (the object is too large for the API server)',
};

interface Status {
  readonly kind: 'Status';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly kind?: string; readonly causes?: readonly Partial<Cause>[] };
}

const isStatus = (body: unknown): body is Status =>
  typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status';

/** What the server adds to a schema's answer and tells nobody anything. */
const withoutNoise = (text: string): string =>
  text.replace(/,? ?<nil>: Invalid value: null: some validation rules were not checked[^\]]*/, '').slice(0, 4000);
