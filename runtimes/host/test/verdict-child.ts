/** Prints, as one line of JSON, which node this is and how it answers the verdict table. */
import { hasKind } from '../powers/key-objects.ts'
import { ours, readVectors } from './verdicts/node.ts'
import { allCases, verdictLines } from './verdicts/table.ts'

const lines = verdictLines(allCases(readVectors), ours)
process.stdout.write(
  JSON.stringify({ version: process.version, native: hasKind('ML-DSA-65') && hasKind('ML-KEM-768'), lines }),
)
