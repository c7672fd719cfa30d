/** What a field holds; numbers name other shapes of `SHAPES` in `shapes.ts`. */
export type Shape =
  | 'any'
  | 'flag'
  | 'int'
  | 'int or text'
  | 'number'
  | 'quantity'
  | 'text'
  | { readonly fields: Readonly<Record<string, number>> }
  | { readonly list: number }
  | { readonly map: number }
  | { readonly words: readonly string[] };
