// What `aegir/chai` exports, as far as `interface-blockstore-tests` uses it: `true()` is called there, not only read.
import { expect, use } from 'chai'
import promised from 'chai-as-promised'

use(promised)
use(({ Assertion }) => {
  for (const name of ['true', 'false', 'ok'])
    Assertion.overwriteProperty(name, (check) => {
      return function () {
        return () => check.call(this)
      }
    })
})
export { expect }
