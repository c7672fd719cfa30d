import { ApiObject, App, Chart, Testing } from 'cdk8s';
import { checkAtSynth, ignoreFinding, MeshCheck, MeshService, Port } from '../../src';

function shop() {
  const app = Testing.app();
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const web = new MeshService(chart, 'Web', { port: Port.http(80), versions: { v1: { image: 'web:1' } } });
  return { app, chart, web };
}

const wrong = (chart: Chart) =>
  new ApiObject(chart, 'Wrong', {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'wrong' },
    spec: { hosts: ['a.example.com'], http: [{ route: [{ destination: { host: 'web', subset: 'v7' } }] }] },
  });

describe('checkAtSynth', () => {
  test('an app without faults is written', () => {
    const { app } = shop();
    checkAtSynth(app, { rules: ['subset-not-defined'] });
    expect(() => app.synth()).not.toThrow();
  });

  test('what is found ends the synth, with construct, hint and rule', () => {
    const { app, chart } = shop();
    checkAtSynth(app, { rules: ['subset-not-defined'] });
    wrong(chart);
    expect(() => app.synth()).toThrow(
      /shop\/Wrong: subset "v7" of "web" is defined by no DestinationRule .*\[MESH020 subset-not-defined\]/,
    );
  });

  test('ignoreFinding passes over it, at the object or anywhere above', () => {
    for (const at of ['object', 'chart'] as const) {
      const { app, chart } = shop();
      checkAtSynth(app, { rules: ['subset-not-defined', 'suppression-without-effect'], severity: 'info' });
      const object = wrong(chart);
      ignoreFinding(at === 'object' ? object : chart, {
        rule: 'subset-not-defined',
        reason: 'v7 comes on Monday',
        until: '2999-01-01',
      });
      expect(() => app.synth()).not.toThrow();
      expect(object.toJson().metadata.annotations).toEqual({
        'mesh.cdk8s.io/ignore': 'subset-not-defined until 2999-01-01: v7 comes on Monday',
      });
    }
  });

  test('several are several lines', () => {
    const { app, chart } = shop();
    const object = wrong(chart);
    ignoreFinding(object, { rule: 'subset-not-defined', reason: 'one' });
    ignoreFinding(object, { rule: 'IST0106', reason: 'two' });
    app.synth();
    expect(object.toJson().metadata.annotations['mesh.cdk8s.io/ignore']).toBe('subset-not-defined: one\nIST0106: two');
  });

  test.each([
    [{ rule: 'destination-host-not-fund', reason: 'x' }, /there is no rule .* \(did you mean "destination-host-not-found"\?\)/],
    [{ rule: 'a b', reason: 'x' }, /has to be one word/],
    [{ rule: 'IST0101', reason: '' }, /reason of .* is empty/],
    [{ rule: 'IST0101', reason: 'x\ny' }, /several lines/],
    [{ rule: 'IST0101', reason: 'x', until: 'soon' }, /not a date/],
    [{ rule: 'IST0101', reson: 'x' }, /no property "reson" \(did you mean "reason"\?\)/],
  ])('ignoreFinding refuses %j', (finding, message) => {
    const { chart } = shop();
    expect(() => ignoreFinding(chart, finding as never)).toThrow(message);
  });

  test('a rule that is not there is an error at once', () => {
    expect(() => checkAtSynth(new App(), { rules: ['subset-not-define'] })).toThrow(/did you mean "subset-not-defined"/);
  });

  test.each(['eror', 'Error', 3])('severity %j is an error at once, and does not check nothing', (severity) => {
    expect(() => checkAtSynth(new App(), { severity } as never)).toThrow(
      /property "severity" of checkAtSynth is .*: it has to be (text|one of "error", "warning", "info")/,
    );
  });
});

describe('MeshCheck, the plugin of cdk8s-cli', () => {
  const run = async (file: string, properties = {}) => {
    const violations: any[] = [];
    let status: [string, unknown] | undefined;
    await new MeshCheck(properties).validate({
      manifests: [`${__dirname}/../check/rules/subset-not-defined/${file}`],
      report: { addViolation: (v) => violations.push(v), submit: (s, m) => (status = [s, m]) },
    });
    return { violations, status };
  };

  test('reports what mesh check finds', async () => {
    const { violations, status } = await run('bad.yaml', { rules: ['subset-not-defined'] });
    expect(status).toEqual(['failure', { findings: '1 error in 4 objects' }]);
    expect(violations).toMatchObject([
      {
        ruleName: 'MESH020 subset-not-defined',
        violatingResources: [
          {
            resourceName: 'reviews',
            locations: [expect.stringMatching(/^\d+:\d+ spec\.http\[0\]\.route\[0\]\.destination\.subset; /)],
          },
        ],
      },
    ]);
  });

  test('succeeds without findings, and refuses unknown properties', async () => {
    expect((await run('good.yaml', { rules: ['subset-not-defined'] })).status?.[0]).toBe('success');
    expect(() => new MeshCheck({ rule: [] } as never)).toThrow(/no property "rule"/);
    expect(() => new MeshCheck({ rules: ['nothing'] })).toThrow(/there is no rule "nothing"/);
    for (const name of ['severity', 'failOn'])
      expect(() => new MeshCheck({ [name]: 'eror' })).toThrow(
        `property "${name}" of MeshCheck is "eror": it has to be one of "error", "warning", "info" (did you mean "error"?)`,
      );
  });
});
