/** What is wrong about the expression. */
export const wrongCel = (text: string): string | undefined => (text.trim() === '' ? 'is empty: say a condition' : undefined);
