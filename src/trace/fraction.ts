/** A share, exactly: whole numbers in lowest terms. */
export interface Fraction {
  /** Counts the parts: the 1 of 1 in 4. */
  readonly of: number;
  /** How many parts are the whole: the 4 of 1 in 4. */
  readonly in: number;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** `a` in `b`, in lowest terms. */
export function fraction(of: number, total: number): Fraction {
  const d = gcd(of, total) || 1;
  return { of: of / d, in: total / d };
}

export const ONE: Fraction = { of: 1, in: 1 };
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.of * b.of, a.in * b.in);
export const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.of * b.in + b.of * a.in, a.in * b.in);
export const sameShare = (a: Fraction, b: Fraction): boolean => a.of * b.in === b.of * a.in;

/** Percent, exact in Istio's steps of 0.0001, as a share; and the rest. */
export const percentShare = (percent: number): Fraction => fraction(Math.round(percent * 10_000), 1_000_000);
export const rest = (a: Fraction): Fraction => fraction(a.in - a.of, a.in);

/** `10 %`, `33.3333 %`, `1 in 3`: a percentage where it is one, else the share itself. */
export function shareText(f: Fraction): string {
  const percent = (f.of / f.in) * 100;
  const rounded = Math.round(percent * 10_000) / 10_000;
  return Math.abs(percent - rounded) < 1e-9 ? `${rounded} %` : `${f.of} in ${f.in}`;
}
