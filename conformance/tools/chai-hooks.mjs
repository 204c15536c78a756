/**
 * `interface-blockstore-tests` takes its assertions from `aegir/chai`, a corner of a build tool of hundreds of
 * packages. This hook gives it the packages that are behind that corner: see chai.mjs.
 */
export async function resolve(specifier, context, next) {
  if (specifier !== 'aegir/chai') return next(specifier, context)
  return { url: new URL('./chai.mjs', import.meta.url).href, shortCircuit: true }
}
