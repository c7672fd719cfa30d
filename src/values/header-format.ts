import { headerValue } from './wire-text';

/** `%COMMAND%`, `%COMMAND(…)%` with an argument or a list of texts, or `%%`. */
const COMMAND =
  /%%|%[A-Z0-9_]+(?:\((?: *\[ *"(?:\\.|[^"\\)])*"(?: *, *"(?:\\.|[^"\\)])*")* *\] *| *[^[ )"\\](?:\\.|[^)"\\])*)\) *)?%/gs;

/**
 * A header's value that a proxy writes: Envoy's `%COMMANDS%` in it are worked out, and a percent sign is `%%`. Throws where
 * Istio's webhook would refuse it, or Envoy all routes with it. Which commands there are is Envoy's to know.
 * Source: pkg/config/validation/header_value_validator.go; names of commands tried on Envoy.
 */
export function headerFormat(value: string, what: string): string {
  headerValue(value, what);
  if (value.replace(COMMAND, '').includes('%'))
    throw new Error(
      `${what} is ${JSON.stringify(value)}, where "%" begins no command of Envoy's, such as %REQ(x-a)%: write a percent sign as "%%"`,
    );
  return value;
}
