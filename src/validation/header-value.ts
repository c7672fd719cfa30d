import type { Field } from './field';

/**
 * A header's value, in which `%NAME%` and `%NAME(…)%` are worked out by Envoy: balanced they have to be, which names there
 * are is not looked at. Source: validation.go, ValidateHTTPHeaderValue, and header_value_validator.go.
 */
export function headerValue(field: Field): void {
  const { text } = field;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u0008\u000A-\u001F\u007F]/.test(text)) field.error(`${JSON.stringify(text)} has control characters`);
  else if (!isBalanced(text))
    field.error(
      `"${text}" has a "%" that begins nothing that ends: write a percent sign as "%%", and what Envoy works out as "%NAME%"`,
    );
}

type State = 'text' | 'name' | 'arguments' | 'item' | 'string' | 'after item' | 'after list' | 'after arguments';

function isBalanced(text: string): boolean {
  let state: State = 'text';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    switch (state) {
      case 'text':
        if (c !== '%') break;
        if (i + 1 === text.length) return false;
        if (text[i + 1] === '%') i++;
        else state = 'name';
        break;
      case 'name':
        if (c === '%') state = 'text';
        else if (c === '(') state = 'arguments';
        break;
      case 'arguments':
        if (c === '[') state = 'item';
        else if (c !== ' ') state = 'string';
        break;
      case 'item':
        if (c === '"') state = 'string';
        else if (c !== ' ') return false;
        break;
      case 'string':
        if (c === '\\') {
          if (i + 1 === text.length) return false;
          i++;
        } else if (c === ')') state = 'after arguments';
        else if (c === '"') state = 'after item';
        break;
      case 'after item':
        if (c === ',') state = 'item';
        else if (c === ']') state = 'after list';
        else if (c !== ' ') return false;
        break;
      case 'after list':
        if (c === ')') state = 'after arguments';
        else if (c !== ' ') return false;
        break;
      case 'after arguments':
        if (c === '%') state = 'text';
        else if (c !== ' ') return false;
        break;
    }
  }
  return state === 'text';
}
