import { fieldText } from '../../src/manifests/manifest';
import { refused, validate } from '../../src/validation/validate';
import { edited, type Row } from './rows/objects';

const line = ({ severity, path, message }: ReturnType<typeof validate>[number]) => `${severity} ${fieldText(path)} ${message}`;

/** Says what each row says, and that the webhook's answer is the same. */
export function rows(list: readonly Row[]): void {
  test.each(list)('%s: %j', (name, edit, severity, field, message) => {
    const m = edited(name, edit);
    const problems = validate(m);
    if (severity === 'nothing') expect(problems.filter((p) => p.severity === 'error').map(line)).toEqual([]);
    else {
      const found = problems.filter((p) => p.severity === severity && fieldText(p.path) === field && message.test(p.message));
      expect(found.length === 0 ? problems.map(line) : []).toEqual([]);
      expect(found).not.toEqual([]);
    }
    const first = problems.find((p) => p.severity === 'error');
    expect(refused(m)).toBe(first && `${fieldText(first.path)} ${first.message}`);
  });
}
