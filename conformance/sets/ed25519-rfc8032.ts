/** RFC 8032, section 7, and the thousand lines of its authors: keys and signatures to the byte. */
import { unhex } from './bytes.ts'
import { adapterOf, outOfScope, wrong } from './set.ts'
import { judgeEd25519 } from './signature-judge.ts'
import type { FileReader, Verdict } from './set.ts'

interface Row {
  readonly name?: string
  readonly secretKey: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
}

export const ed25519Rfc8032 = adapterOf(
  'ed25519-rfc8032',
  rows(/ed25519\.json$/, ({ secretKey, publicKey, message, signature }) =>
    judgeEd25519(unhex(secretKey), unhex(publicKey), unhex(message), unhex(signature)),
  ),
  rows(/ed25519ctx\.json$/, () => outOfScope('Ed25519ctx: nothing here signs with a context')),
  rows(/ed25519ph\.json$/, () => outOfScope('Ed25519ph: nothing here signs a hash of a message')),
  {
    files: /\.txt$/,
    *cases(set, file) {
      for (const [at, line] of set.text(file).split(/\r?\n/).filter(Boolean).entries())
        yield { name: `line ${at + 1}`, judge: () => judgeLine(line) }
    },
  },
)

function rows(files: RegExp, judge: (row: Row) => Verdict): FileReader {
  return {
    files,
    *cases(set, file) {
      for (const [at, row] of (set.json(file) as readonly Row[]).entries())
        yield { name: row.name ?? String(at), judge: () => judge(row) }
    },
  }
}

/** Secret and key : key : message : signature and message. */
function judgeLine(line: string): Verdict {
  const [secret = '', key = '', message = '', signed = ''] = line.split(':')
  if (secret.slice(64) !== key || signed.slice(128) !== message)
    return wrong('the line is not laid out as its authors say')
  return judgeEd25519(unhex(secret.slice(0, 64)), unhex(key), unhex(message), unhex(signed.slice(0, 128)))
}
