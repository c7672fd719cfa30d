import pkg from '../package.json';

// cdk8s' own template has TypeScript look for types as it did before "exports"
test('types of each subpath are found with every module resolution', () => {
  const ofExports = Object.entries(pkg.exports).flatMap(([path, to]) =>
    typeof to === 'string' || path === '.' ? [] : [[path.slice(2), [to.types]]],
  );
  expect(pkg.typesVersions['*']).toEqual(Object.fromEntries(ofExports));
});
