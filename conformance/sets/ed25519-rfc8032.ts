/** RFC 8032, section 7, and the thousand lines of its authors: keys and signatures to the byte. */
import { unhex } from './bytes.ts'
import { adapterOf, wrong } from './set.ts'
import { judgeEd25519, judgeEd25519Variant } from './signature-judge.ts'
import type { Ed25519Variant } from 'promisegrid/promisebase'
import type { FileReader, Verdict } from './set.ts'

interface Row {
  readonly name?: string
  readonly secretKey: string
  readonly publicKey: string
  readonly message: string
  readonly context?: string
  readonly signature: string
}

export const ed25519Rfc8032 = adapterOf(
  'ed25519-rfc8032',
  rows(/ed25519\.json$/, ({ secretKey, publicKey, message, signature }) =>
    judgeEd25519(unhex(secretKey), unhex(publicKey), unhex(message), unhex(signature)),
  ),
  rows(/ed25519ctx\.json$/, (row) => judgeVariant('Ed25519ctx', row)),
  rows(/ed25519ph\.json$/, (row) => judgeVariant('Ed25519ph', row)),
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

function judgeVariant(variant: Ed25519Variant, row: Row): Verdict {
  const { secretKey, publicKey, message, context = '', signature } = row
  const signed = { variant, message: unhex(message), context: unhex(context), signature: unhex(signature) }
  return judgeEd25519Variant(unhex(secretKey), unhex(publicKey), signed)
}

/** Secret and key : key : message : signature and message. */
function judgeLine(line: string): Verdict {
  const [secret = '', key = '', message = '', signed = ''] = line.split(':')
  if (secret.slice(64) !== key || signed.slice(128) !== message)
    return wrong('the line is not laid out as its authors say')
  return judgeEd25519(unhex(secret.slice(0, 64)), unhex(key), unhex(message), unhex(signed.slice(0, 128)))
}
