import { proxyOf } from '../../src/cluster/proxy-env';

const PROXY = 'http://proxy.example.com:3128';
const goes = (server: string, spared: string, env: NodeJS.ProcessEnv = { HTTPS_PROXY: PROXY }) =>
  proxyOf(new URL(server), { ...env, NO_PROXY: spared }) !== undefined;

test.each<[string, string, boolean]>([
  ['https://api.example.com:6443', '', true],
  ['https://localhost:6443', '', false],
  ['https://127.0.0.5:6443', '', false],
  ['https://[::1]:6443', '', false],
  ['https://api.example.com', '*', false],
  ['https://api.example.com', 'example.com', false],
  ['https://example.com', 'example.com', false],
  ['https://example.com', '.example.com', true],
  ['https://api.example.com', '.example.com', false],
  ['https://api.example.com', '*.example.com', false],
  ['https://api.notexample.com', 'example.com', true],
  ['https://API.example.com', 'other.com, api.EXAMPLE.com', false],
  ['https://api.example.com:6443', 'api.example.com:6443', false],
  ['https://api.example.com:6443', 'api.example.com:443', true],
  ['https://api.example.com', 'api.example.com:443', false],
  ['https://10.1.2.3:6443', '10.0.0.0/8', false],
  ['https://11.1.2.3:6443', '10.0.0.0/8', true],
  ['https://10.1.2.3:6443', '10.1.2.3', false],
  ['https://10.1.2.3:6443', '10.1.2.4,10.0.0.0/99', true],
  ['https://[fd00::1]:6443', 'fd00::/8', false],
  ['https://[fd00::1]:6443', 'fd00::1', false],
  ['https://[fd00::1]:6443', '[fd00::1]:6443', false],
])('%s without "%s": through the proxy %s', (server, spared, through) => expect(goes(server, spared)).toBe(through));

test('each scheme has its own, in capitals or not, with a scheme of its own or without', () => {
  expect(proxyOf(new URL('https://a.example.com'), { https_proxy: 'p:1' })).toBe('http://p:1');
  expect(proxyOf(new URL('https://a.example.com'), { HTTPS_PROXY: 'socks5://p:1', https_proxy: 'q:1' })).toBe('socks5://p:1');
  expect(proxyOf(new URL('https://a.example.com'), { HTTP_PROXY: PROXY })).toBeUndefined();
  expect(proxyOf(new URL('http://a.example.com'), { HTTP_PROXY: PROXY })).toBe(PROXY);
});
